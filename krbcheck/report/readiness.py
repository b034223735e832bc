"""Whether the backup will work: for each product, storage and account the links of the chain, in the order in which it
breaks.

Everything here is made of verdicts by check and subject, and of the sessions of the accounts; no sentence is parsed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from krbcheck.facts.backup_sessions import BackupSession, BackupSessions
from krbcheck.facts.observation import Facts, Observed, why
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown, Verdict
from krbcheck.report.text import cut
from krbcheck.site.stated import Backup, Site

AREA = "backup"
NOT_ALL = "not all checks of the chain were selected"
CHECKS: Mapping[str, Sequence[str]] = {
    "product": ("product",),
    "name": ("domain", "server", "path", "machines"),
    "group": ("group",),
    "role": ("role",),
    "right": ("rights", "access"),
    "ticket": ("effective",),
    "session": ("effective",),
    "remote VSS": ("vss",),
}
"""The links in the order in which the chain breaks, each with the checks of backup that it is made of."""


class LinkState(StrEnum):
    READY = "ready"
    BROKEN = "broken"
    WAIVED = "waived"
    NOT_DETERMINED = "not-determined"
    NOT_APPLICABLE = "not-applicable"
    NOT_SELECTED = "not-selected"


class ReadyState(StrEnum):
    READY = "ready"
    NOT_READY = "not-ready"
    NOT_DETERMINED = "not-determined"


class Link(msgspec.Struct, frozen=True):
    """One link; it is not selected if none of its checks was run, and waived if it is broken and the user accepts that.
    `says` is the message of the verdict that decides,
    `code` its code if it is a finding. `first` if it is the first broken link of the chain, or the first that is not
    determined if none is broken.
    """

    name: str
    state: LinkState
    says: str = ""
    code: str = ""
    first: bool = False


class Readiness(msgspec.Struct, frozen=True):
    """The chain of one account. `because` is the message of the link that decides; empty if all are ready."""

    product: str
    storage: str
    account: str
    state: ReadyState
    because: str
    links: tuple[Link, ...]


class _Verdicts:
    """The verdicts of the checks of backup, by check and subject."""

    def __init__(self, checks: Iterable[CheckReport]) -> None:
        self.known = {check.id: check for check in checks if check.id.partition(".")[0] == AREA}

    def selected(self, *checks: str) -> bool:
        """Whether one of these checks was run."""
        return any(f"{AREA}.{check}" in self.known for check in checks)

    def of(self, check: str, subjects: Collection[str]) -> list[Verdict]:
        """Returns the verdicts about these subjects; those about the check itself, which concern them all, too."""
        report = self.known.get(f"{AREA}.{check}")
        return [verdict for verdict in report.verdicts if verdict.subject in (*subjects, report.id)] if report else []

    def on(self, check: str, storage: str) -> list[Verdict]:
        """Returns the verdicts about all that is on the storage, by subjects such as `web on vmstore`."""
        report = self.known.get(f"{AREA}.{check}")
        return [entry for entry in report.verdicts if entry.subject.endswith(f" on {storage}")] if report else []


def readiness_of(
    site: Site, checks: Collection[CheckReport], facts: Mapping[type[Facts], Facts]
) -> tuple[Readiness, ...]:
    """Returns one chain for each account of each backup; nothing if no check of backup was run."""
    verdicts = _Verdicts(checks)
    family = facts.get(BackupSessions)
    sessions = family if isinstance(family, BackupSessions) else BackupSessions()
    if not verdicts.known:
        return ()
    return tuple(
        _chain(backup, account, _selected(verdicts, _links(site, backup, account, verdicts, sessions)))
        for backup in site.backups
        for account in backup.accounts
    )


def _chain(backup: Backup, account: str, links: list[Link]) -> Readiness:
    states = [link.state for link in links]
    state, decides = ReadyState.READY, None
    for worse, outcome in (
        (LinkState.BROKEN, ReadyState.NOT_READY),
        (LinkState.WAIVED, ReadyState.NOT_READY),  # it is accepted, but the backup does not work
        (LinkState.NOT_DETERMINED, ReadyState.NOT_DETERMINED),
    ):
        if worse in states:
            state, decides = outcome, states.index(worse)
            links[decides] = msgspec.structs.replace(links[decides], first=True)
            break
    because = links[decides].says if decides is not None else ""
    if decides is None and LinkState.NOT_SELECTED in states:
        state, because = ReadyState.NOT_DETERMINED, NOT_ALL
    return Readiness(backup.product, backup.storage, account, state, because, tuple(links))


def _selected(verdicts: _Verdicts, links: Iterable[Link]) -> list[Link]:
    """The links; those without a result whose checks were not run are not selected."""
    lacks = (LinkState.NOT_APPLICABLE, LinkState.NOT_DETERMINED)
    return [
        Link(link.name, LinkState.NOT_SELECTED)
        if link.state in lacks and not verdicts.selected(*CHECKS[link.name])
        else link
        for link in links
    ]


def _links(site: Site, backup: Backup, account: str, verdicts: _Verdicts, family: BackupSessions) -> Iterator[Link]:
    sessions = family.of(backup.storage, account)
    paths = list(_paths(site, backup, account))
    shares = [
        rf"\\{path}\{share.name}"
        for path in paths
        for tenant in site.tenants
        for share in tenant.shares_of(backup.storage)
    ]
    storage, here = backup.storage, f"{account} on {backup.storage}"
    products = [
        f"{backup.product} with {what}" for what in (backup.storage, f"the firmware of {backup.storage}", account)
    ]
    yield _link("product", verdicts.of("product", products))
    servers = verdicts.of("server", [backup.server, f"{backup.server} from {_tenant_of(site, account)}"])
    names = verdicts.of("path", [*paths, *_addresses(site, backup)])
    trusted = verdicts.of("domain", [f"{account} with {other}" for other in (backup.server, storage)])
    yield _link("name", [*trusted, *servers, *names, *verdicts.on("machines", storage)])
    yield _link("group", verdicts.of("group", (f"{account} in {backup.group}",)))
    yield _link("role", verdicts.of("role", (here, backup.storage)))
    full = [entry for entry in verdicts.on("access", storage) if entry.subject.startswith(f"{account} at ")]
    yield _link("right", [*verdicts.of("rights", (here,)), *full])
    effect = verdicts.of("effective", (here,))
    stale = [each for each in effect if isinstance(each, Finding) and each.values.get("reason") == "stale-groups"]
    yield _link("ticket", stale) if stale else _ticket(sessions)
    yield _session(sessions, [each for each in effect if each not in stale])
    yield _link("remote VSS", verdicts.of("vss", (*paths, *shares, backup.storage)), strict=backup.needs_remote_vss)


def _paths(site: Site, backup: Backup, account: str) -> Iterator[str]:
    """Returns the data paths with a name that the account uses: its tenant's, or all of the storage."""
    owner = _tenant_of(site, account)
    for tenant, path in site.named_paths():
        if path.storage == backup.storage and owner in ("", tenant.name):
            yield path.name


def _tenant_of(site: Site, account: str) -> str:
    """Returns the tenant of the account; empty if it is no tenant's principal."""
    owners = (tenant.name for tenant, entry in site.principals() if entry.name.lower() == account.lower())
    return next(owners, "")


def _addresses(site: Site, backup: Backup) -> Iterator[str]:
    return (path.name for _, path in site.paths() if path.storage == backup.storage and path.is_address)


def _link(name: str, verdicts: Sequence[Verdict], *, strict: bool = False) -> Link:
    """An error breaks the link; a warning does too if the product cannot work without (`strict`)."""
    breaking = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    broken = [each for each in verdicts if isinstance(each, Finding) and each.severity in breaking]
    for finding in broken:
        if finding.waived is None:
            return Link(name, LinkState.BROKEN, cut(finding.says), finding.code)
    for finding in broken:
        if finding.waived is not None:
            return Link(name, LinkState.WAIVED, f"{cut(finding.says)} ({finding.waived.line})", finding.code)
    for verdict in verdicts:
        if isinstance(verdict, Unknown):
            return Link(name, LinkState.NOT_DETERMINED, cut(verdict.says))
    for verdict in verdicts:
        if isinstance(verdict, Finding):
            return Link(name, LinkState.READY, cut(verdict.says), verdict.code)
    return Link(name, LinkState.READY if any(isinstance(each, Fine) for each in verdicts) else LinkState.NOT_APPLICABLE)


def _ticket(sessions: Sequence[BackupSession]) -> Link:
    """Whether the account has a service ticket for each data path."""
    for session in sessions:
        if session.issued is None:
            says = "" if isinstance(session.seen, Observed) else why(session.seen)
            return Link("ticket", LinkState.NOT_DETERMINED, cut(says))
    if not sessions:
        return Link("ticket", LinkState.NOT_DETERMINED, "no ticket was requested")
    return Link("ticket", LinkState.READY)


def _session(sessions: Sequence[BackupSession], effect: Sequence[Verdict]) -> Link:
    """Whether the storage accepts the sessions, and whether the right is in effect in them; `effect` is empty if the
    ticket is the reason that it is not.
    """
    for session in sessions:
        if isinstance(session.seen, Observed) and session.seen.value.refused:
            return Link("session", LinkState.BROKEN, cut(f"{session.path}: {session.seen.value.summary()}"))
    if not effect and sessions and all(isinstance(session.seen, Observed) for session in sessions):
        return Link("session", LinkState.READY)
    return _link("session", effect)
