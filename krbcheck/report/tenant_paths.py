"""The path of each tenant to its storage as links in the order in which hosts use them, each with its state.

Made of the verdicts that concern a data path; a picture or a list of it needs no further knowledge of the checks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from krbcheck.judging.judge import CheckReport
from krbcheck.judging.labels import Labels
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown, Verdict
from krbcheck.report.text import cut
from krbcheck.site.stated import DataPath, Site, Tenant

MOST_SEEN = 3
MAX_SEEN = 240
MAX_SAYS = 400


class PathState(StrEnum):
    """The state of a link, and of a whole path; the first of these that a verdict gives counts."""

    BROKEN = "broken"  # an error that follows from no other finding
    FOLLOWS = "follows"  # an error that follows from another finding
    NOT_DETERMINED = "not-determined"
    WARNED = "warned"
    WAIVED = "waived"  # an error or a warning that the user accepts
    WORKS = "works"
    NOT_TESTED = "not-tested"


class PathLink(msgspec.Struct, frozen=True):
    """One link. `shows` is the object, such as the address; `says`, `code` and `id` are those of the verdict that
    decides, `seen` are answers of servers. `first` if it is the first broken link of the path.
    """

    name: str
    shows: str
    state: PathState
    says: str = ""
    code: str = ""
    id: str = ""
    seen: tuple[str, ...] = ()
    first: bool = False


class TenantPath(msgspec.Struct, frozen=True):
    """One data path of a tenant. `state` is that of its worst link."""

    tenant: str
    path: str
    storage: str
    state: PathState
    links: tuple[PathLink, ...]


LINKS: Mapping[str, tuple[str, ...]] = {
    "name servers": ("dns.agree", "dns.locator"),
    "name": ("dns.resolves", "dns.alias", "backup.path"),
    "address": ("dns.address", "dns.reverse", "dns.port"),
    "SPN": ("spn.exists", "spn.owner", "spn.unique", "spn.enctypes", "spn.stale"),
    "KDCs of the hosts": ("ticket.tgt", "credentials.usable", "time.skew", "policy.client-search", "policy.kdc-search"),
    "trust": ("trust.exists", "trust.agrees", "trust.enctypes", "trust.selective", "trust.ticket", "trust.kind"),
    "service ticket": ("ticket.service", "ticket.path", "ticket.enctype", "ticket.client", "ticket.groups"),
    "storage": ("smb.session", "smb.server", "smb.dialect", "smb.one", "smb.signing", "smb.encryption"),
    "share": ("smb.share", "isolation.own", "isolation.acl"),
}
"""The links in the order of use, and the checks that decide each; the evidence of the first is shown first."""
OF_CHECK = {check: name for name, checks in LINKS.items() for check in checks}
ORDER = tuple(PathState)


@dataclass(frozen=True)
class _Context:
    """What a verdict about the path may concern: subjects as the checks name them, and the values of labels."""

    tenant: Tenant
    path: DataPath
    subjects: Mapping[str, None]
    labels: Mapping[str, frozenset[str]]

    def concerned(self, labels: Labels) -> bool:
        """Whether a label names the path, or, if none names any path, an object that the path depends on."""
        for name, known in self.labels.items():
            if name in labels:
                return not known.isdisjoint(value.lower() for value in labels[name])
        return False


def tenant_paths(site: Site, checks: Collection[CheckReport]) -> tuple[TenantPath, ...]:
    """Returns the data paths in the order of the site file; nothing if no check of a path was run."""
    verdicts = _Verdicts(check for check in checks if check.id in OF_CHECK)
    if not verdicts.any:
        return ()
    return tuple(_path(site, _context(site, tenant, path), verdicts) for tenant, path in site.paths())


class _Verdicts:
    """The verdicts of the checks of the links, by check and subject; those that are not fine also by check."""

    def __init__(self, checks: Iterable[CheckReport]) -> None:
        self._fine: dict[str, dict[tuple[str, str], list[Fine]]] = {}
        self._rest: dict[str, dict[str, list[Finding | Unknown]]] = {}
        self.any = False
        for check in checks:
            self.any = True
            fine, rest = self._fine.setdefault(check.id, {}), self._rest.setdefault(check.id, {})
            for verdict in check.verdicts:
                if isinstance(verdict, Fine):
                    fine.setdefault((verdict.tenant, verdict.subject), []).append(verdict)
                else:
                    rest.setdefault(verdict.tenant, []).append(verdict)

    def about(self, check: str, context: _Context) -> Iterator[Verdict]:
        whose = (context.tenant.name, "")
        for tenant in whose:
            for verdict in self._rest.get(check, {}).get(tenant, ()):
                named = verdict.subject in context.subjects or verdict.subject == check
                if named or context.concerned(verdict.labels):
                    yield verdict
        fine = self._fine.get(check, {})
        for subject in context.subjects if fine else ():
            for tenant in whose:
                yield from fine.get((tenant, subject), ())


def _context(site: Site, tenant: Tenant, path: DataPath) -> _Context:
    storage = site.storage(path.storage)
    hosts = [principal.name for principal in tenant.principals]
    homes = list(dict.fromkeys(principal.realm.lower() for principal in tenant.principals))
    shares = [share.name for share in tenant.shares_of(path.storage)]
    accounts = [domain.account for domain in site.domains if domain.name in (*homes, storage.domain)]
    subjects = [path.name, path.spn, path.stated_address, storage.name, storage.account, *hosts, *accounts]
    subjects += [storage.domain, *homes, *(f"{storage.domain} trusts {home}" for home in homes)]
    for share in shares:
        subjects += [rf"\\{path.name}\{share}", f"{share} on {storage.name}"]
        subjects += [rf"{host} on \\{path.name}\{share}" for host in hosts]
    for host in hosts:
        subjects += [f"{host} at {path.name}", f"{host} for {path.spn}"]
    labels = {
        "path": [path.name],
        "service": [path.spn],
        "share": shares,
        "principal": hosts,
        "storage": [storage.name],
        "storage_domain": [storage.domain],
        "home": homes,
        "domain": [storage.domain, *homes],
    }
    folded = {name: frozenset(value.lower() for value in values) for name, values in labels.items()}
    return _Context(tenant, path, dict.fromkeys(filter(None, subjects)), folded)


def _path(site: Site, context: _Context, verdicts: _Verdicts) -> TenantPath:
    """The links of one data path. A link that no check of this run decides is not tested."""
    shown = _shown(site, context)
    links = [
        _link(name, shown[name], [verdict for check in checks for verdict in verdicts.about(check, context)])
        for name, checks in LINKS.items()
        if name in shown
    ]
    for number, link in enumerate(links):
        if link.state is PathState.BROKEN:
            links[number] = msgspec.structs.replace(link, first=True)
            break
    worst = min((link.state for link in links), key=ORDER.index)
    return TenantPath(context.tenant.name, context.path.name, context.path.storage, worst, tuple(links))


def _shown(site: Site, context: _Context) -> dict[str, str]:
    """What each link is, as the site file states it. Within one domain there is no trust."""
    tenant, path = context.tenant, context.path
    storage = site.storage(path.storage)
    homes = list(dict.fromkeys(principal.realm.lower() for principal in tenant.principals))
    foreign = [home for home in homes if home != storage.domain]
    servers = tenant.name_servers or tuple(
        dict.fromkeys(address for domain in site.domains_of(tenant) for address in domain.name_servers)
    )
    shown = {
        "name servers": ", ".join(servers) or "of the system",
        "name": path.name,
        "address": path.stated_address or "as resolved",
        "SPN": f"{path.spn} on {storage.account}",
        "KDCs of the hosts": ", ".join(homes) or "no hosts stated",
        "trust": f"{storage.domain} trusts {', '.join(foreign)}" if foreign else "",
        "service ticket": f"KDCs of {storage.domain}",
        "storage": path.storage,
        "share": ", ".join(share.name for share in tenant.shares_of(path.storage)) or "no shares stated",
    }
    without = {"name servers", "name", "SPN", "service ticket"} if path.is_address else set()
    return {name: cut(text, MAX_SEEN) for name, text in shown.items() if text and name not in without}


def _link(name: str, shows: str, verdicts: Sequence[Verdict]) -> PathLink:
    """The worst verdict decides. Of a link that works, the evidence of each check is shown."""
    if not verdicts:
        return PathLink(name, shows, PathState.NOT_TESTED)
    ordered = sorted(verdicts, key=_rank)
    worst = ordered[0]
    state = _state(worst)
    shown = [worst] if state is not PathState.WORKS else verdicts
    seen = _seen(shown)
    if isinstance(worst, Fine):
        return PathLink(name, shows, state, seen=seen)
    code = worst.code if isinstance(worst, Finding) else ""
    waived = f" ({worst.waived.line})" if isinstance(worst, Finding) and worst.waived else ""
    return PathLink(name, shows, state, cut(worst.says, MAX_SAYS) + waived, code, worst.id, seen)


def _seen(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    lines = (reason.line for verdict in verdicts for reason in verdict.because if reason.asked)
    return tuple(dict.fromkeys(cut(line, MAX_SEEN) for line in lines))[:MOST_SEEN]


def _rank(verdict: Verdict) -> int:
    """The order in which verdicts decide a link: that of the states, but an error that the user accepts is an error."""
    state = _state(verdict)
    accepted = state is PathState.WAIVED and isinstance(verdict, Finding) and verdict.severity is Severity.ERROR
    return ORDER.index(PathState.FOLLOWS if accepted else state)


def _state(verdict: Verdict) -> PathState:
    match verdict:
        case Finding(waived=waived) if waived is not None and verdict.severity is not Severity.NOTE:
            return PathState.WAIVED
        case Finding(severity=Severity.ERROR):
            return PathState.FOLLOWS if verdict.explained_by else PathState.BROKEN
        case Finding(severity=Severity.WARNING):
            return PathState.WARNED
        case Unknown():
            return PathState.NOT_DETERMINED
        case _:
            return PathState.WORKS
