"""The audit pack as one value: each pair of a principal and a share, with what was tested, computed, or neither."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from krbcheck import __version__
from krbcheck.facts.smb import SessionKind
from krbcheck.judging.verdict import Waived
from krbcheck.judging.waivers import WaiverUse
from krbcheck.report.difference import Change, Difference, changes_of
from krbcheck.report.matrix import Cell, Computing, Matrix, Row, Unlisted
from krbcheck.report.report import Asked, RecordingRead, Report
from krbcheck.site.expected_access import AS_EXPECTED, Expected, expected, expected_elsewhere
from krbcheck.site.stated import Principal, Share, Site, Storage, Tenant
from krbcheck.views.computed_access import Computed, judged_by_lists
from krbcheck.views.observed_access import Outcome


class Role(StrEnum):
    """What a principal is. A host that also backs up is a host."""

    HOST = "host"
    BACKUP = "backup"
    ADMINISTRATOR = "administrator"
    NO_ACCOUNT = "no-account"


class How(StrEnum):
    """How the access of a pair is known."""

    TESTED = "tested"
    COMPUTED = "computed"
    NOT_EXAMINED = "not-examined"


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """The access of a principal to a share, `owner`'s; the owner is empty if the site file does not state the share.

    `paths` are the data paths at which it was tested. `observed` is what the storage answered, `computed` what the
    permissions give; `why` states what decides, or why it is not known.
    """

    role: Role
    tenant: str
    principal: str
    storage: str
    share: str
    owner: str
    expected: Expected
    how: How
    outcome: Outcome
    observed: str = ""
    computed: str = ""
    why: str = ""
    paths: tuple[str, ...] = ()
    waived: Waived | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """The same in every pack for the same pair."""
        return self.role, self.tenant, self.principal.casefold(), self.storage, self.share.casefold(), self.owner


class Scope(msgspec.Struct, frozen=True):
    """The number of pairs of a principal and a share: all, and by how their access is known. `roles` counts the
    principals.
    """

    pairs: int
    tested: int
    computed: int
    not_examined: int
    shares: int
    roles: Mapping[str, int]


class PairChange(msgspec.Struct, frozen=True):
    """A pair whose outcome, or how it is known, differs from the earlier pack; empty where a pack lacks the pair."""

    principal: str
    storage: str
    share: str
    before: str
    after: str


class Since(msgspec.Struct, frozen=True):
    """The difference to an earlier pack. `signer` is the public key of its signature, `trusted` if it was compared."""

    started: datetime
    site_sha256: str
    report: Difference
    pairs: tuple[PairChange, ...] = ()
    signer: str = ""
    trusted: bool = False


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """`site_sha256` is the SHA-256 of the site file. `findings` and `undetermined` are those of the report in the same
    folder, which has the evidence.
    """

    schema: Literal[1] = 1
    krbcheck: str = __version__
    site: str
    site_sha256: str
    host: str
    vantages: tuple[str, ...]
    started: datetime
    seconds: float
    interrupted: bool
    as_expected: str = AS_EXPECTED
    scope: Scope
    outcomes: Mapping[str, int]
    asked: tuple[Asked, ...]
    recordings: tuple[RecordingRead, ...]
    pairs: tuple[Pair, ...]
    findings: tuple[Change, ...]
    undetermined: tuple[Change, ...]
    waivers: tuple[WaiverUse, ...]
    unlisted: tuple[Unlisted, ...] = ()
    since: Since | None = None

    def of(self, how: How) -> list[Pair]:
        return [pair for pair in self.pairs if pair.how is how]


@dataclass(frozen=True)
class Person:
    """A principal beside those of the matrix, at one storage; `why` states why its access is not known."""

    role: Role
    tenant: str
    name: str
    storage: str
    expected: Expected
    access: Mapping[str, Computed] = field(default_factory=dict)
    why: str = ""


def assemble(
    site: Site,
    site_sha256: str,
    host: str,
    report: Report,
    matrix: Matrix,
    computing: Computing,
    people: Iterable[Person] = (),
) -> Audit:
    """The pack of a report and a matrix of the same facts. Every principal is paired with every share of every storage,
    whether it was tested or not. `people` are the accounts without sessions.
    """
    pairs = (*_of_tenants(site, matrix, computing), *_of_people(site, people))
    findings, undetermined = changes_of(report)
    return Audit(
        site=report.site,
        site_sha256=site_sha256,
        host=host,
        vantages=report.vantages,
        started=report.started,
        seconds=report.seconds,
        interrupted=report.interrupted,
        scope=scope(pairs),
        outcomes=outcomes(pairs),
        asked=report.asked,
        recordings=report.recordings,
        pairs=pairs,
        findings=findings,
        undetermined=undetermined,
        waivers=report.waivers,
        unlisted=matrix.unlisted,
    )


def scope(pairs: Collection[Pair]) -> Scope:
    found = Counter(pair.how for pair in pairs)
    roles = Counter(role for role, _ in {(str(pair.role), pair.principal.casefold()) for pair in pairs})
    return Scope(
        len(pairs),
        found[How.TESTED],
        found[How.COMPUTED],
        found[How.NOT_EXAMINED],
        len({(pair.storage, pair.share.casefold(), pair.owner) for pair in pairs}),
        dict(sorted(roles.items())),
    )


def outcomes(pairs: Iterable[Pair]) -> dict[str, int]:
    """The number of pairs by outcome; waived ones apart."""
    found = Counter("waived" if pair.waived else str(pair.outcome) for pair in pairs)
    return {name: found[name] for name in (*map(str, Outcome), "waived")}


def pair_changes(before: Iterable[Pair], after: Iterable[Pair]) -> tuple[PairChange, ...]:
    """The pairs that differ, those of the later pack first."""
    old, new = ({pair.key: pair for pair in pairs} for pairs in (before, after))
    return tuple(
        PairChange(pair.principal, pair.storage, pair.share, state(old.get(key)), state(new.get(key)))
        for key, pair in {**new, **old}.items()
        if state(old.get(key)) != state(new.get(key))
    )


def state(pair: Pair | None) -> str:
    """The outcome and how it is known, as text; empty without a pair."""
    if pair is None:
        return ""
    return f"{pair.outcome}{', waived' if pair.waived else ''} ({pair.how})"


def _of_tenants(site: Site, matrix: Matrix, computing: Computing) -> Iterator[Pair]:
    """The tenants' principals at every share of every storage, then the sessions without an account."""
    tested: dict[tuple[str, str, str, str, str], list[tuple[Row, Cell]]] = {}
    for row in matrix.rows:
        for cell in row.cells:
            key = (row.tenant, row.principal, row.storage, cell.share, cell.owner)
            tested.setdefault(key, []).append((row, cell))
    unstated = sorted({(storage, share) for _, _, storage, share, owner in tested if not owner})
    for tenant, principal in site.principals():
        for storage, owner, share in _shares(site):
            stated = expected(principal, tenant, owner, share, storage)
            cells = tested.get((tenant.name, principal.name, storage.name, share.name, owner.name), [])
            known = computing(principal.name, storage.name, share.name)
            pair = _pair(Role.HOST, tenant.name, principal.name, storage.name, owner.name, share.name, stated)
            yield _with_answers(pair, cells, known)
        for storage_name, share_name in unstated:
            stated = expected_elsewhere(principal, site.storage(storage_name))
            cells = tested.get((tenant.name, principal.name, storage_name, share_name, ""), [])
            pair = _pair(Role.HOST, tenant.name, principal.name, storage_name, "", share_name, stated)
            yield _with_answers(pair, cells, computing(principal.name, storage_name, share_name))
    for (tenant_name, name, storage_name, share_name, owner_name), cells in tested.items():
        if cells[0][0].kind is not SessionKind.KERBEROS:
            pair = _pair(Role.NO_ACCOUNT, tenant_name, name, storage_name, owner_name, share_name, Expected.REFUSED)
            yield _with_answers(pair, cells, None)


def _shares(site: Site) -> Iterator[tuple[Storage, Tenant, Share]]:
    return ((storage, owner, share) for storage in site.storages for owner, share in site.shares_at(storage.name))


def _pair(role: Role, tenant: str, name: str, storage: str, owner: str, share: str, stated: Expected) -> Pair:
    return Pair(
        role=role,
        tenant=tenant,
        principal=name,
        storage=storage,
        share=share,
        owner=owner,
        expected=stated,
        how=How.NOT_EXAMINED,
        outcome=Outcome.UNKNOWN,
        why="it has no data path to the storage, so no session was opened",
    )


WORST = (Outcome.BREACH, Outcome.LOCKED_OUT, Outcome.LESS, Outcome.UNKNOWN, Outcome.AS_EXPECTED)


def _with_answers(pair: Pair, cells: Collection[tuple[Row, Cell]], known: Computed | None) -> Pair:
    """Tests count; without one, what the access lists give. The worst of several tests decides: a pair is as expected
    only if it is as expected at every data path.
    """
    summary = known.summary if known else ""
    done = [row for row, cell in cells if cell.observed]
    if done:
        row, worst = min(cells, key=lambda entry: (entry[1].waived is not None, WORST.index(entry[1].outcome)))
        return msgspec.structs.replace(
            pair,
            how=How.TESTED,
            outcome=worst.outcome,
            observed=worst.observed,
            computed=summary,
            why=worst.why if worst.observed else f"not tested at {row.path}: {worst.why}",
            paths=tuple(dict.fromkeys(row.path for row in done)),
            waived=worst.waived,
        )
    not_tested = next((cell.why for _, cell in cells), pair.why)
    return _by_lists(msgspec.structs.replace(pair, why=not_tested), known)


def _by_lists(pair: Pair, known: Computed | None) -> Pair:
    """The pair as the access lists give it, if they determine it."""
    if known is None or known.doubt:
        doubt = known.doubt if known else "its access was not computed: access lists or groups were not read"
        return msgspec.structs.replace(pair, why=f"{pair.why}; {doubt}" if pair.why else doubt)
    said = judged_by_lists(pair.expected, known)
    rights = f"; it has {' and '.join(known.rights)} on the storage" if known.rights else ""
    summary = f"{known.summary}{rights}"
    if said.outcome is Outcome.UNKNOWN:
        return msgspec.structs.replace(pair, computed=summary, why=said.says)
    return msgspec.structs.replace(
        pair, how=How.COMPUTED, outcome=said.outcome, computed=summary, why=pair.why or said.says
    )


def _of_people(site: Site, people: Iterable[Person]) -> Iterator[Pair]:
    for person in people:
        for storage, owner, share in _shares(site):
            if storage.name == person.storage:
                pair = Pair(
                    role=person.role,
                    tenant=person.tenant,
                    principal=person.name,
                    storage=storage.name,
                    share=share.name,
                    owner=owner.name,
                    expected=person.expected,
                    how=How.NOT_EXAMINED,
                    outcome=Outcome.UNKNOWN,
                    why=person.why,
                )
                yield _by_lists(pair, person.access.get(share.name))


def backup_people(site: Site, computing: Computing) -> Iterator[Person]:
    """The backup accounts that are no tenant's principals, at every storage: at that of their backup any access is
    expected, elsewhere none.
    """
    hosts = {principal.name.casefold() for _, principal in site.principals()}
    backed: dict[str, set[str]] = {}
    for backup in site.backups:
        for account in backup.accounts:
            if account.casefold() not in hosts:
                backed.setdefault(account, set()).add(backup.storage)
    for account, storages in backed.items():
        for storage in site.storages:
            stated = expected_elsewhere(Principal(account), storage)
            stated = Expected.ANY if storage.name in storages else stated
            known = {
                share.name: access
                for owner in site.tenants
                for share in owner.shares_of(storage.name)
                if (access := computing(account, storage.name, share.name)) is not None
            }
            yield Person(Role.BACKUP, "", account, storage.name, stated, known)
