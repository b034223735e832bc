"""Who reaches which share: the tried access matrix as one value, made of the site and the sessions' facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Literal, TypeVar

import msgspec

from krbcheck import __version__
from krbcheck.facts.cross_sessions import CrossSessions
from krbcheck.facts.directory import first_seen
from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Facts, Observation, Observed, why
from krbcheck.facts.smb import SessionKind, SmbSessions, SmbSetUp
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.verdict import Waived
from krbcheck.judging.waivers import WaiverUse
from krbcheck.site.expected_access import Expected, expected, expected_elsewhere
from krbcheck.site.stated import DataPath, Principal, Share, Site, Storage, Tenant
from krbcheck.views.computed_access import Computed, judged_by_lists
from krbcheck.views.observed_access import Judged, Outcome, judged, judged_uninvited
from krbcheck.views.unstated_shares import UnstatedShares
from krbcheck.windows.remedy import Remedy

F = TypeVar("F", bound=Facts)
SCHEMA: Literal[2] = 2
SAME_CELLS = 1 << 16
NO_LISTS = "the lists of shares were not read"
UNINVITED = {SessionKind.ANONYMOUS: "(anonymous)", SessionKind.MADE_UP: "(a user who does not exist)"}


class Cell(msgspec.Struct, frozen=True):
    """One share, `owner`'s; the owner is empty if the site file does not state the share. `observed` is the result of
    the test, `computed` what the permissions give; empty if not known.

    `observed_access` and `computed_access` are the same in one term: "refused", "read", "change", "full" …. If the site
    file states no secret, so that nothing is tested, `outcome` is that of `computed`, and `why` states so. `waived` if
    the user accepts an outcome that is not as expected.
    """

    share: str
    owner: str
    expected: Expected
    observed: str
    outcome: Outcome
    why: str = ""
    computed: str = ""
    observed_access: str = ""
    computed_access: str = ""
    waived: Waived | None = None


class Row(msgspec.Struct, frozen=True):
    """One principal of `tenant` at one data path, which is `of`'s. A session without an account has a name in
    parentheses.
    """

    tenant: str
    principal: str
    kind: SessionKind
    storage: str
    path: str
    of: str
    cells: tuple[Cell, ...]


class Totals(msgspec.Struct, frozen=True):
    """The number of cells with each outcome; those that are waived are in no other number."""

    cells: int = 0
    as_expected: int = 0
    breaches: int = 0
    locked_out: int = 0
    less_than_stated: int = 0
    unknown: int = 0
    waived: int = 0


class MatrixCause(msgspec.Struct, frozen=True):
    """A finding that cells follow from, and its fix. `tenant` is empty if it concerns none in particular."""

    code: str
    tenant: str
    says: str
    remedy: Remedy = ()


class Unlisted(msgspec.Struct, frozen=True):
    """A storage whose list of shares is not known, and why: the matrix has none of its shares that are not stated."""

    storage: str
    why: str


class Matrix(msgspec.Struct, frozen=True):
    """The result of a test of all shares. `started` is UTC, `seconds` since then; if `interrupted`, it has what was
    known by then.
    """

    schema: Literal[2]
    krbcheck: str
    site: str
    vantages: tuple[str, ...]
    started: datetime
    seconds: float
    interrupted: bool
    totals: Totals
    causes: tuple[MatrixCause, ...]
    rows: tuple[Row, ...]
    waivers: tuple[WaiverUse, ...] = ()
    unlisted: tuple[Unlisted, ...] = ()

    @property
    def wrong(self) -> int:
        return self.totals.breaches + self.totals.locked_out + self.totals.less_than_stated

    @property
    def waiver_warnings(self) -> list[WaiverUse]:
        """The waivers that have expired or concern no cell."""
        return [waiver for waiver in self.waivers if waiver.is_warning]


_cell = lru_cache(SAME_CELLS)(Cell)
Computing = Callable[[str, str, str], Computed | None]
"""The computed access of a principal at a storage's share; None where nothing is known."""


def nothing_computed(principal: str, storage: str, share: str) -> None:
    return None


def assemble(
    site: Site,
    facts: Mapping[type[Facts], Facts],
    *,
    tenants: Collection[str],
    started: datetime,
    seconds: float,
    interrupted: bool,
    computed: Computing = nothing_computed,
    unstated: UnstatedShares | None = None,
) -> Matrix:
    """Returns the rows of `tenants`. If a query was sent more than once, an answer counts, not a timeout.

    `unstated` is None if the lists of shares were not read.
    """
    vantages = _family(facts, Vantages)
    rows = tuple(_rows(site, facts, vantages, tenants, interrupted, computed, unstated))
    return Matrix(
        SCHEMA,
        __version__,
        site.name,
        tuple(dict.fromkeys(point.tenant for point in vantages.points if point.source)),
        started,
        round(seconds, 3),
        interrupted,
        totals(rows),
        (),
        rows,
        unlisted=tuple(_unlisted(site, unstated)),
    )


def _unlisted(site: Site, unstated: UnstatedShares | None) -> Iterator[Unlisted]:
    for storage in site.storages:
        why_not = unstated.unread(storage.name)[0] if unstated else NO_LISTS
        if why_not:
            yield Unlisted(storage.name, why_not)


def totals(rows: Collection[Row]) -> Totals:
    found: Counter[str] = Counter()
    for row in rows:
        found.update("waived" if cell.waived else cell.outcome for cell in row.cells)
    return Totals(
        found.total(),
        found[Outcome.AS_EXPECTED],
        found[Outcome.BREACH],
        found[Outcome.LOCKED_OUT],
        found[Outcome.LESS],
        found[Outcome.UNKNOWN],
        found["waived"],
    )


def _family(facts: Mapping[type[Facts], Facts], kind: type[F]) -> F:
    """Empty where it was not collected."""
    found = facts.get(kind)
    return found if isinstance(found, kind) else kind()


def _rows(
    site: Site,
    facts: Mapping[type[Facts], Facts],
    vantages: Vantages,
    tenants: Collection[str],
    interrupted: bool,
    computed: Computing,
    unstated: UnstatedShares | None,
) -> Iterator[Row]:
    sessions: SmbSessions = _family(facts, SmbSessions)
    crossed = grouped(
        _family(facts, CrossSessions).sessions,
        lambda session: (session.tenant, (session.owner, session.path), session.principal),
    )
    columns = {storage.name: _columns(site, storage.name) for storage in site.storages}
    for tenant in site.tenants:
        if tenant.name not in tenants:
            continue
        missing = "the collection was interrupted before this query" if interrupted else vantages.why_not(tenant.name)
        row = _Rows(site, tenant, columns, computed)
        for path in tenant.data_paths:
            more = _unstated_cells(site.storage(path.storage), tenant, path, unstated)
            for principal in tenant.principals:
                seen = first_seen(session.seen for session in sessions.kerberos(tenant.name, path.name, principal.name))
                stated = row.of(tenant, path, principal, seen, _not_asked(principal, path, missing))
                yield msgspec.structs.replace(stated, cells=(*stated.cells, *more.get(principal.name, ())))
            for kind in UNINVITED:
                seen = first_seen(session.seen for session in sessions.uninvited(kind, tenant.name, path.name))
                yield row.uninvited(path, kind, seen, missing)
        for owner, path in site.paths():
            for principal in tenant.principals:
                found = crossed.get((tenant.name, (owner.name, path.name), principal.name))
                if found:
                    yield row.of(owner, path, principal, first_seen(session.seen for session in found), missing)


def _unstated_cells(
    storage: Storage, tenant: Tenant, path: DataPath, unstated: UnstatedShares | None
) -> Mapping[str, list[Cell]]:
    """Returns the cells of the shares that the site file does not state, by principal."""
    found: dict[str, list[Cell]] = {}
    if unstated is None or path.is_address:
        return found
    for share in unstated.at(path.storage):
        for tried in unstated.tried(tenant, path, share):
            stated, said = expected_elsewhere(tried.principal, storage), tried.judged
            cell = _cell(share, "", stated, said.found, said.outcome, _why(said), "", said.word, "")
            found.setdefault(tried.principal.name, []).append(cell)
    return found


def _columns(site: Site, storage: str) -> list[tuple[Tenant, Share]]:
    return list(site.shares_at(storage))


def _not_asked(principal: Principal, path: DataPath, missing: str) -> str:
    if principal.secret is None:
        return "the site names no secret for it"
    if path.is_address:
        return f"{path.name} is an address: there is no Kerberos ticket for it (see backup.path)"
    return missing


class _Rows:
    """The rows of one tenant."""

    def __init__(
        self, site: Site, tenant: Tenant, columns: Mapping[str, list[tuple[Tenant, Share]]], computed: Computing
    ) -> None:
        self.site, self.tenant, self.columns, self.computed = site, tenant, columns, computed
        self.summary: dict[str, str] = {}  # one string for the many cells of which the same is said

    def of(
        self,
        owner: Tenant,
        path: DataPath,
        principal: Principal,
        seen: Observation[SmbSetUp] | None,
        missing: str,
    ) -> Row:
        """A principal's own session, by its own ticket."""
        storage = self.site.storage(path.storage)
        cells = []
        for holder, share in self.columns[path.storage]:
            stated = expected(principal, self.tenant, holder, share, storage)
            if isinstance(seen, Observed):
                said = judged(stated, seen.value, share.name)
            else:
                said = Judged(Outcome.UNKNOWN, says=missing if seen is None else why(seen))
            reckoned = self.computed(principal.name, path.storage, share.name)
            if reckoned is not None and seen is None and principal.secret is None:
                said = judged_by_lists(stated, reckoned)
            also = reckoned.summary if reckoned else ""
            also = self.summary.setdefault(also, also)
            access = reckoned.word if reckoned else ""
            cells.append(
                _cell(share.name, holder.name, stated, said.found, said.outcome, _why(said), also, said.word, access)
            )
        kind = SessionKind.KERBEROS
        return Row(self.tenant.name, principal.name, kind, path.storage, path.name, owner.name, tuple(cells))

    def uninvited(self, path: DataPath, kind: SessionKind, seen: Observation[SmbSetUp] | None, missing: str) -> Row:
        """A session without an account: no share may open to it, and best there is none."""
        cells = []
        for holder, share in self.columns[path.storage]:
            if isinstance(seen, Observed):
                said = judged_uninvited(kind, seen.value, share.name)
            else:
                said = Judged(Outcome.UNKNOWN, says=missing if seen is None else why(seen))
            stated = Expected.REFUSED
            cells.append(
                _cell(share.name, holder.name, stated, said.found, said.outcome, _why(said), "", said.word, "")
            )
        own = self.tenant.name
        return Row(own, UNINVITED[kind], kind, path.storage, path.name, own, tuple(cells))


def _why(said: Judged) -> str:
    """On what the cell rests: the wall that falls short or lets in, or why nothing is known."""
    if said.says:
        return said.says
    return f"{said.wall}: {said.found}" if said.wall else said.found
