"""Policy files as bytes, written as MS-GPREG 2.2.1 says; and group policy as controllers tell it, made by hand."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from krbcheck.facts.directory import (
    CATALOGUE,
    Account,
    AccountAnswer,
    Accounts,
    Directories,
    DomainIdentity,
    IdentityAnswer,
    SpnAnswer,
    Trust,
    TrustAnswer,
    Trusts,
)
from krbcheck.facts.observation import Facts, Gap, Observation, Observed, Unobserved
from krbcheck.facts.policy import (
    Container,
    Containers,
    ContainersAnswer,
    ControllerAccountAnswer,
    Link,
    Policies,
    PolicyFiles,
    PolicyFilesAnswer,
    PolicyObject,
    PolicyObjects,
    PolicyObjectsAnswer,
)
from krbcheck.judging import registry
from krbcheck.judging.judge import judge
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Domain, Principal, Site, Tenant
from krbcheck.windows.descriptor import Ace
from krbcheck.windows.policy_file import CLIENT_KEY, KDC_KEY, RegistryFile, Setting

AT = datetime(2026, 11, 22, tzinfo=UTC)
DOMAIN = "DC=vmlevel,DC=com"
HOSTS, TOP, CONTROLLERS = f"OU=Hosts,OU=Tenants,{DOMAIN}", f"OU=Tenants,{DOMAIN}", f"OU=Domain Controllers,{DOMAIN}"
DC1, DC2 = "vmdc1.vmlevel.com", "vmdc2.vmlevel.com"
HOST = "alice-hv01$@VMLEVEL.COM"
HOST_SID, COMPUTERS, HOSTS_GROUP = "S-1-5-21-1-1-1-1101", "S-1-5-21-1-1-1-515", "S-1-5-21-1-1-1-1200"
APPLY = "edacfd8f-ffb3-11d1-b41d-00a0c968f939"
REGISTRY = "[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]"
READ, CONTROL = 0x20094, 0x100
EVERY = (Ace(True, READ, "S-1-5-11"), Ace(True, CONTROL, "S-1-5-11", APPLY))
"""What the editor gives a new policy: everybody who is authenticated reads and applies it."""
SILENCE = Unobserved(Gap.TIMED_OUT, "no answer", "asked", AT, "station")


def text(of: str) -> bytes:
    return of.encode("utf-16-le")


def entry(name: str, value: int | str | bytes, *, key: str = CLIENT_KEY, kind: int | None = None) -> bytes:
    """One `[key;value;type;size;data]`; numbers are REG_DWORD, text is REG_SZ."""
    of = kind if kind is not None else (4 if isinstance(value, int) else 1)
    data = struct.pack("<I", value) if isinstance(value, int) else value
    data = text(data + "\0") if isinstance(data, str) else data
    fields = (text(key + "\0"), text(name + "\0"), struct.pack("<I", of), struct.pack("<I", len(data)), data)
    return text("[") + text(";").join(fields) + text("]")


@pytest.fixture(name="entry")
def entry_fixture() -> Callable[..., bytes]:
    return entry


@pytest.fixture
def registry_pol() -> Callable[..., bytes]:
    """A whole file of these entries."""
    return lambda *entries: b"PReg" + struct.pack("<I", 1) + b"".join(entries)


def dn(number: int) -> str:
    return f"CN={{00000000-0000-0000-0000-{number:012}}},CN=Policies,CN=System,{DOMAIN}"


def sets(use: int | str | None, search: str | None, *, key: str = CLIENT_KEY, kind: int = 1) -> tuple[Setting, ...]:
    """The two values; None leaves one out."""
    found = []
    if use is not None:
        number = use if isinstance(use, int) else None
        found.append(
            Setting(key, "UseForestSearch", 4 if number is not None else 1, "" if number else str(use), number)
        )
    if search is not None:
        found.append(Setting(key, "ForestSearchList", kind, search))
    return tuple(found)


@dataclass(frozen=True)
class Gpo:
    """A policy: what it says, and what may keep it from applying."""

    settings: tuple[Setting, ...] = ()
    flags: int = 0
    functionality: int = 2
    extensions: str = REGISTRY
    wmi: str = ""
    dacl: tuple[Ace, ...] | None = EVERY
    version: int = 1
    file_version: int | None = 1
    malformed: str = ""
    file: bool = True
    readable: bool = True
    hidden: bool = False


@dataclass(frozen=True)
class Told:
    """What one controller tells. `links` are numbers of policies with their options, by container."""

    gpos: Mapping[int, Gpo] = field(default_factory=dict)
    links: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    blocks: tuple[str, ...] = ()
    containers: tuple[str, ...] = (HOSTS, TOP, CONTROLLERS, DOMAIN)

    def changed(self, number: int, **changes: Any) -> Told:
        """With one policy changed."""
        return replace(self, gpos={**self.gpos, number: replace(self.gpos[number], **changes)})


def observed(value: Any, asked: str) -> Observation[Any]:
    return Observed(value, asked, AT, "station")


def policies(answer: Mapping[str, Told | None], accounts: Mapping[str, str] | None = None) -> Policies:
    """The facts of these controllers; None for one that was silent. `accounts` says where theirs lie."""
    parts: dict[str, list[Any]] = {"objects": [], "containers": [], "controllers": [], "files": []}
    for host, reply in answer.items():
        parts["objects"].append(PolicyObjectsAnswer("vmlevel.com", host, _objects(reply, host)))
        parts["containers"].append(ContainersAnswer("vmlevel.com", host, _containers(reply, host)))
        for of in answer:
            where = (accounts or {}).get(of, CONTROLLERS)
            name = of.partition(".")[0]
            account = Account(
                f"CN={name},{where}", f"{name}$", "S-1-5-21-1-1-1-1000", ("computer",), 0x82000, groups=()
            )
            seen = observed(Accounts((account,)), f"account of {of} at {host}") if reply else SILENCE
            parts["controllers"].append(ControllerAccountAnswer("vmlevel.com", host, of, seen))
        parts["files"] += [
            _files(host, number, gpo) for number, gpo in (reply.gpos if reply else {}).items() if not gpo.hidden
        ]
    return Policies(**{name: tuple(of) for name, of in parts.items()})


def _objects(reply: Told | None, host: str) -> Observation[PolicyObjects]:
    if reply is None:
        return SILENCE
    found = (
        PolicyObject(
            dn(number), f"P{number}", rf"\\vmlevel.com\SYSVOL\vmlevel.com\Policies\P{number}", gpo.version, gpo.flags,
            gpo.functionality, gpo.extensions, gpo.wmi, gpo.dacl,
        )
        for number, gpo in reply.gpos.items()
        if not gpo.hidden
    )  # fmt: skip
    seen: Observation[PolicyObjects] = observed(PolicyObjects(tuple(found)), f"policy objects at {host}")
    return seen


def _containers(reply: Told | None, host: str) -> Observation[Containers]:
    if reply is None:
        return SILENCE
    found = (
        Container(
            name,
            tuple(Link(dn(number), options) for number, options in reply.links.get(name, ())),
            name in reply.blocks,
        )
        for name in reply.containers
    )
    seen: Observation[Containers] = observed(Containers(tuple(found)), f"policy links at {host}")
    return seen


def _files(host: str, number: int, gpo: Gpo) -> PolicyFilesAnswer:
    pol = RegistryFile(100, len(gpo.settings), gpo.settings, gpo.malformed, 40 if gpo.malformed else 0)
    files = PolicyFiles(gpo.file_version, pol if gpo.file else None)
    seen = observed(files, f"files of P{number} at {host}") if gpo.readable else SILENCE
    return PolicyFilesAnswer("vmlevel.com", host, dn(number).lower(), seen)


def directories(
    *,
    classes: tuple[str, ...] = ("user", "computer"),
    groups: tuple[str, ...] | None = (COMPUTERS,),
    found: bool = True,
) -> Directories:
    """The host's account as both controllers tell it, the forests, and a global catalogue that has alice's SPN."""
    account = Account(f"CN=alice-hv01,{HOSTS}", "alice-hv01$", HOST_SID, classes, 4096, groups=groups)
    seen = observed(Accounts((account,) if found else ()), f"account {HOST}")
    forests = {"vmlevel.com": DC1, "tintri.com": "tidc.tintri.com"}
    owner = Account("CN=VMSTORE,DC=tintri,DC=com", "VMSTORE$", "S-1-5-21-9-1103")
    spn = "cifs/vmstore-alice.tintri.com"
    catalogue = f"tidc.tintri.com{CATALOGUE}"
    return Directories(
        tuple(
            IdentityAnswer(name, host, observed(DomainIdentity("X", "S-1-5-21-9", name, (), (name,)), "identity"))
            for name, host in forests.items()
        ),
        tuple(AccountAnswer("vmlevel.com", host, HOST, seen) for host in (DC1, DC2)),
        (SpnAnswer("tintri.com", catalogue, spn, spn, observed(Accounts((owner,)), f"owners of {spn}")),),
    )


def forests(domains: tuple[str, ...] | None, attributes: int | None) -> Directories:
    """The trust with tintri.com as vmlevel.com tells it, and the domains of its forest; None for silence."""
    trust = Trust("tintri.com", "TINTRI", "S-1-5-21-9", 3, 2, attributes or 0)
    identity = DomainIdentity("TINTRI", "S-1-5-21-9", "tintri.com", (), domains or ())
    trusts = SILENCE if attributes is None else observed(Trusts((trust,)), "trusts")
    reply = SILENCE if domains is None else observed(identity, "identity")
    return Directories(
        (IdentityAnswer("tintri.com", "tidc", reply),), trusts=(TrustAnswer("vmlevel.com", DC1, trusts),)
    )


class Made:
    """The builders, for tests that cannot import this file."""

    gpo, told, sets = Gpo, Told, staticmethod(sets)
    policies, directories, forests = staticmethod(policies), staticmethod(directories), staticmethod(forests)
    healthy = Told(
        {1: Gpo(sets(1, "tintri.com")), 2: Gpo(sets(1, "tintri.com", key=KDC_KEY))},
        {HOSTS: ((1, 0),), CONTROLLERS: ((2, 0),)},
    )


@pytest.fixture
def made() -> type[Made]:
    return Made


@pytest.fixture
def site() -> Site:
    return site_with(("tintri.com",))


def site_with(order: tuple[str, ...] | None) -> Site:
    return Site(
        "lab",
        (Domain("vmlevel.com", "krbcheck@VMLEVEL.COM", forest_search_order=order), Domain("tintri.com")),
        (),
        (Tenant("alice", principals=(Principal(HOST),)),),
    )


@pytest.fixture(name="site_with")
def site_with_fixture() -> Callable[..., Site]:
    return site_with


@pytest.fixture
def judged() -> Callable[..., list[Verdict]]:
    """The verdicts of a check on these families; a crash fails."""

    def verdicts(check: str, site: Site, *families: Facts) -> list[Verdict]:
        (report,) = judge(site, {type(family): family for family in families}, [registry.load()[check]])
        assert not report.crash
        return list(report.verdicts)

    return verdicts


@pytest.fixture
def codes(judged: Callable[..., list[Verdict]], site: Site) -> Callable[..., list[str]]:
    """The slugs of the verdicts, with `fine` and `unknown` for what they are."""

    def said(check: str, *families: Facts) -> list[str]:
        return [
            finding.code.partition("/")[2] if isinstance(finding, Finding) else type(finding).__name__.lower()
            for finding in judged(check, site, *families)
        ]

    return said
