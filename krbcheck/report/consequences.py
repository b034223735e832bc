"""What follows from a cause: its findings and undetermined results, and one line that summarizes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from krbcheck.judging.causes import area_rank
from krbcheck.judging.verdict import Finding, Unknown

FOLLOWS: Mapping[str, tuple[str, str, str]] = {
    "backup.access": ("principal", "{n} account without full access", "{n} accounts without full access"),
    "backup.domain": (
        "home",
        "{n} domain without a trust for the backup",
        "{n} domains without a trust for the backup",
    ),
    "backup.effective": (
        "account",
        "backup rights of {n} account not in effect",
        "backup rights of {n} accounts not in effect",
    ),
    "backup.group": ("account", "{n} account not in the backup group", "{n} accounts not in the backup group"),
    "backup.rights": ("account", "{n} account without backup rights", "{n} accounts without backup rights"),
    "backup.role": ("account", "{n} account without the role", "{n} accounts without the role"),
    "dns.agree": ("path", "name servers differ for {n} name", "name servers differ for {n} names"),
    "isolation.acl": ("share", "{n} share with other grants than stated", "{n} shares with other grants than stated"),
    "isolation.administrators": (
        "principal",
        "{n} account administers the storage",
        "{n} accounts administer the storage",
    ),
    "isolation.others": (
        "principal",
        "{n} host has access to other tenants' shares",
        "{n} hosts have access to other tenants' shares",
    ),
    "isolation.own": ("principal", "{n} host without the stated access", "{n} hosts without the stated access"),
    "isolation.unstated": (
        "share",
        "{n} share open that the site file does not state",
        "{n} shares open that the site file does not state",
    ),
    "smb.dialect": ("path", "an old dialect at {n} data path", "an old dialect at {n} data paths"),
    "smb.server": ("storage", "{n} storage with several servers", "{n} storages with several servers"),
    "spn.exists": ("service", "{n} SPN not registered", "{n} SPNs not registered"),
    "ticket.client": (
        "principal",
        "a different result of libkrb5 for {n} host",
        "a different result of libkrb5 for {n} hosts",
    ),
    "ticket.enctype": ("service", "weak tickets for {n} service", "weak tickets for {n} services"),
    "ticket.service": ("principal", "no service ticket for {n} host", "no service ticket for {n} hosts"),
    "ticket.tgt": ("principal", "no TGT for {n} host", "no TGT for {n} hosts"),
    "trust.enctypes": (
        "storage_domain",
        "no common encryption type for {n} trust",
        "no common encryption type for {n} trusts",
    ),
    "trust.ticket": (
        "storage_domain",
        "referral tickets rejected at {n} trust",
        "referral tickets rejected at {n} trusts",
    ),
}
"""By check: the label that is counted, and what its findings mean for one and for several of these."""
BY_CODE: Mapping[str, tuple[str, str, str]] = {
    "backup.role/wider-than-needed": (
        "holder",
        "{n} group with the role too wide",
        "{n} groups with the role too wide",
    ),
    "isolation.unstated/unstated": (
        "share",
        "{n} share that the site file does not state",
        "{n} shares that the site file does not state",
    ),
    "smb.session/rejected": ("principal", "sessions of {n} host rejected", "sessions of {n} hosts rejected"),
    "smb.session/anonymous": ("path", "anonymous access at {n} data path", "anonymous access at {n} data paths"),
    "ticket.service/by-luck": (
        "principal",
        "service tickets of {n} host depend on the server",
        "service tickets of {n} hosts depend on the server",
    ),
}
"""The same for the codes whose meaning is not that of their check's other findings."""
TESTED: Mapping[str, str] = {
    "credentials": "credentials",
    "dns": "names",
    "time": "clocks",
    "trust": "trusts",
    "policy": "group policy",
    "spn": "SPNs",
    "ticket": "tickets",
    "smb": "sessions and shares",
    "isolation": "access",
    "backup": "backup rights",
}
"""By area: what an undetermined result leaves untested."""


@dataclass
class Consequences:
    """The verdicts that follow from a cause; `undetermined` with the ids of their checks."""

    findings: list[Finding] = field(default_factory=list)
    undetermined: list[tuple[str, Unknown]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.findings or self.undetermined)

    @property
    def line(self) -> str:
        """One clause for each check with findings, then one for everything that is not determined."""
        clauses = list(_clauses(self.findings))
        areas = Counter(check.partition(".")[0] for check, _ in self.undetermined)
        ordered = sorted(areas, key=lambda area: area_rank(f"{area}."))
        if ordered:
            clauses.append(
                "not tested, may hide more: "
                + ", ".join(f"{TESTED.get(area, area)} ({areas[area]})" for area in ordered)
            )
        return "; ".join(clauses)


def _clauses(findings: Iterable[Finding]) -> Iterator[str]:
    by_meaning: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in sorted(findings, key=lambda each: area_rank(each.code)):
        by_meaning.setdefault(_meaning(finding.code), []).append(finding)
    for (label, singular, plural), those in by_meaning.items():
        named = {value for finding in those for value in finding.labels.get(label, (finding.subject,))}
        yield (singular if len(named) == 1 else plural).format(n=len(named))


def _meaning(code: str) -> tuple[str, str, str]:
    known = BY_CODE.get(code) or FOLLOWS.get(code.partition("/")[0])
    return known or ("", f"{{n}} finding {code}", f"{{n}} findings {code}")
