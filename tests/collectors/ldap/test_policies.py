"""What the policy collector asks of whom, and what it makes of the answers."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from krbcheck.asking.scheduler import Answer
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.kerberos.readers import services_of
from krbcheck.collectors.ldap.policies import policies
from krbcheck.collectors.ldap.policy_records import within_sysvol
from krbcheck.credentials.wallet import Secret, Ticket, Wallet
from krbcheck.facts.directory import Directories
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.policy import Link, Policies, PolicyFiles
from krbcheck.probes.ldap import queries
from krbcheck.probes.ldap.queries import Entry, Search
from krbcheck.probes.smb import files
from krbcheck.probes.smb.files import FileRead
from krbcheck.site.stated import Site
from tests.support.by_hand import AnyAsk, by_hand

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DC1, DC2 = "vmdc1.vmlevel.com", "vmdc2.vmlevel.com"
ADDRESSES = {DC1: "10.77.0.10", DC2: "10.77.0.11"}
KNOWN = Controllers(tuple(Controller("vmlevel.com", host, address) for host, address in ADDRESSES.items()))
DOMAIN = "DC=vmlevel,DC=com"
CONTROLLERS = f"OU=Domain Controllers,{DOMAIN}"
FILES = r"\\vmlevel.com\sysvol\vmlevel.com\Policies"
NOT_FOUND, DENIED = 0xC0000034, 0xC0000022


def entry(dn: str, **attributes: str | bytes | list[bytes]) -> Entry:
    def values(of: str | bytes | list[bytes]) -> list[bytes]:
        return of if isinstance(of, list) else [of.encode() if isinstance(of, str) else of]

    return dn, {name.lower(): values(of) for name, of in attributes.items()}


def policy_dn(number: int) -> str:
    return f"CN={{P{number}}},CN=Policies,CN=System,{DOMAIN}"


def policy(number: int, path: str = "") -> Entry:
    return entry(
        policy_dn(number), displayName=f"P{number}", gPCFileSysPath=path or rf"{FILES}\P{number}",
        versionNumber="65537", flags="1", gPCMachineExtensionNames="[{35378EAC}]",
        nTSecurityDescriptor=b"\1\0\4\x80" + bytes(16),
    )  # fmt: skip


def links(*numbers: int, options: int = 0) -> str:
    return "".join(f"[LDAP://{policy_dn(number).swapcase()};{options}]" for number in numbers)


class Servers:
    """Two controllers that answer alike, but for what is silent; each ask is kept."""

    def __init__(self) -> None:
        self.objects = [policy(1), policy(2), policy(3)]
        self.above: Mapping[str, Mapping[str, str]] = {
            f"OU=Hosts,OU=Tenants,{DOMAIN}": {"gPLink": links(1), "gPOptions": "1"},
            f"OU=Tenants,{DOMAIN}": {},
            CONTROLLERS: {"gPLink": links(2, options=3)},
            DOMAIN: {"gPLink": " "},
        }
        self.read: Mapping[str, FileRead] = {}
        self.silent: set[tuple[str, str]] = set()
        self.asks: list[AnyAsk] = []

    def answer(self, ask: AnyAsk) -> Answer:
        self.asks.append(ask)
        if (ask.host, ask.service) in self.silent:
            return Unobserved(Gap.TIMED_OUT, "no answer", ask.asked, NOW, ask.vantage)
        if ask.call.func is queries.read:
            return Observed(tuple(map(self.found, ask.call.args[4])), ask.asked, NOW, ask.vantage)
        assert ask.call.func is files.read_files
        read = tuple(self.read.get(path, FileRead(NOT_FOUND)) for path in ask.call.args[4])
        return Observed(read, ask.asked, NOW, ask.vantage)

    def found(self, search: Search) -> tuple[Entry, ...]:
        if search.base.startswith("CN=Policies"):
            assert search.dacl
            return tuple(self.objects)
        if search.base == "%domain":
            assert search.filter == f"(&(objectClass=computer)(|(dNSHostName={DC1})(dNSHostName={DC2})))"
            return tuple(
                entry(
                    f"CN={host[:5]},{CONTROLLERS}",
                    dNSHostName=host,
                    sAMAccountName=f"{host[:5]}$",
                    objectClass=b"computer",
                )
                for host in ADDRESSES
            )
        if search.attributes == ("tokenGroups",):
            sid = bytes((1, 2)) + (5).to_bytes(6, "big") + struct.pack("<II", 21, 516)
            return (entry(search.base, tokenGroups=sid),)
        held = {name.lower(): attributes for name, attributes in self.above.items()}
        assert search.scope == "base"
        return (entry(search.base, **held[search.base.lower()]),) if search.base.lower() in held else ()

    def files(self) -> list[AnyAsk]:
        return [ask for ask in self.asks if ask.call.func is files.read_files]


def collect(servers: Servers, site: Site, known: Directories, services: Sequence[str] = ("ldap", "cifs")) -> Policies:
    wallet = Wallet()
    for host in ADDRESSES:
        for service in services:
            name = f"{service}/{host}"
            held = Ticket("krbcheck", name, "VMLEVEL.COM", Secret(b""), Secret(b""), 18, 18, 1, 0, NOW, NOW, NOW)
            wallet.tickets[("krbcheck@VMLEVEL.COM", name, "")] = held
    collecting = by_hand(policies(site, ThisHost("station", {}), wallet, KNOWN, ReaderTickets(), known))
    asks = next(collecting)
    while True:
        try:
            asks = collecting.send([servers.answer(ask) for ask in asks])
        except StopIteration as stopped:
            found: Policies = stopped.value
            return found


def value(seen: Observation[Any]) -> Any:
    """What was seen; a silence fails."""
    assert isinstance(seen, Observed)
    return seen.value


@pytest.fixture
def servers() -> Servers:
    return Servers()


@pytest.fixture
def read(servers: Servers, site: Site, made: Any) -> Callable[..., Policies]:
    return lambda **of: collect(servers, site, made.directories(), **of)


def test_what_is_linked_above_the_accounts_is_read_and_no_more(servers: Servers, read: Callable[..., Policies]) -> None:
    found = read()
    names = [[item.name for item in value(answer.seen).found] for answer in found.objects]
    assert names == [["P1", "P2"]] * 2
    assert [len(ask.call.args[4]) for ask in servers.files()] == [4, 4]
    assert servers.files()[0].call.args[4] == [
        r"vmlevel.com\Policies\P1\GPT.INI", r"vmlevel.com\Policies\P1\Machine\Registry.pol",
        r"vmlevel.com\Policies\P2\GPT.INI", r"vmlevel.com\Policies\P2\Machine\Registry.pol",
    ]  # fmt: skip


def test_every_controller_is_asked_for_its_own(servers: Servers, read: Callable[..., Policies]) -> None:
    read()
    asked = [(ask.call.args[1], ask.call.args[2], ask.call.args[3], ask.service) for ask in servers.files()]
    assert asked == [(host, address, "SYSVOL", "tcp/445") for host, address in ADDRESSES.items()]
    assert [ask.host for ask in servers.asks[:2]] == list(ADDRESSES.values())


def test_links_are_told_in_their_order_with_options(servers: Servers, read: Callable[..., Policies]) -> None:
    servers.above = {**servers.above, DOMAIN: {"gPLink": f"{links(3)}[ ][LDAP://x]{links(1, options=2)}"}}
    reply = {item.dn: item for item in value(read().containers[0].seen).found}
    assert [(link.dn.lower(), link.options) for link in reply[DOMAIN].links] == [
        (policy_dn(3).lower(), 0), (policy_dn(1).lower(), 2),
    ]  # fmt: skip
    assert reply[CONTROLLERS].links == (Link(policy_dn(2).swapcase(), 3),)
    assert [name for name, item in reply.items() if item.blocks] == [f"OU=Hosts,OU=Tenants,{DOMAIN}"]


def test_controllers_accounts_have_their_groups(read: Callable[..., Policies]) -> None:
    reply = [(item.controller, item.host, value(item.seen).found[0].groups) for item in read().controllers]
    assert reply == [(controller, host, ("S-1-5-21-516",)) for controller in ADDRESSES for host in ADDRESSES]


def test_files_are_read_as_settings_and_versions(servers: Servers, read: Callable[..., Policies], entry: Any) -> None:
    data = b"PReg\1\0\0\0" + entry("UseForestSearch", 1)
    servers.read = {
        r"vmlevel.com\Policies\P1\GPT.INI": FileRead(0, 20, b"[General]\nVersion=3"),
        r"vmlevel.com\Policies\P1\Machine\Registry.pol": FileRead(0, len(data), data),
        r"vmlevel.com\Policies\P2\Machine\Registry.pol": FileRead(0, 1 << 30, data),
    }
    first, second = (value(file.seen) for file in read().files[:2])
    assert (first.version, first.registry.settings[0].number) == (3, 1)
    assert (second.version, second.registry.size, second.registry.settings) == (None, 1 << 30, ())


def test_a_policy_without_files_is_an_answer(read: Callable[..., Policies]) -> None:
    assert [value(file.seen) for file in read().files] == [PolicyFiles()] * 4


def test_a_file_that_may_not_be_read_concerns_its_policy_alone(servers: Servers, read: Callable[..., Policies]) -> None:
    servers.read = {r"vmlevel.com\Policies\P1\Machine\Registry.pol": FileRead(DENIED)}
    first, second = (file.seen for file in read().files[:2])
    assert isinstance(first, Unobserved)
    assert (first.gap, first.detail) == (Gap.NOT_ALLOWED, "STATUS_ACCESS_DENIED (0xC0000022)")
    assert isinstance(second, Observed)


@pytest.mark.parametrize("path", [rf"{FILES}\..\..\C$", r"\\evil.com\sysvol\vmlevel.com\Policies\P1", "C:\\"])
def test_a_path_out_of_sysvol_is_not_followed(servers: Servers, read: Callable[..., Policies], path: str) -> None:
    servers.objects = [policy(1, path), policy(2)]
    found = read().files
    assert [len(ask.call.args[4]) for ask in servers.files()] == [2, 2]
    assert isinstance(found[0].seen, Unobserved)
    assert found[0].seen.detail == f"its gPCFileSysPath leads out of SYSVOL of vmlevel.com: {path}"
    assert isinstance(found[1].seen, Observed)


PATHS = [
    pytest.param(rf"{FILES}\{{P}}", r"vmlevel.com\Policies\{P}", id="as-windows-writes-it"),
    pytest.param(rf"{FILES}\{{P}}".upper() + "\\", r"vmlevel.com\POLICIES\{P}", id="capitals-and-an-end"),
    pytest.param(
        r"\\vmdc1.vmlevel.com\SYSVOL\vmlevel.com\Policies\{P}", r"vmlevel.com\Policies\{P}", id="a-controller"
    ),
    pytest.param(r"\\other.com\SYSVOL\vmlevel.com\Policies\{P}", "", id="another-server"),
    pytest.param(r"\\vmlevel.com\C$\vmlevel.com\Policies\{P}", "", id="another-share"),
    pytest.param(r"\\vmlevel.com\SYSVOL\other.com\Policies\{P}", "", id="another-domain"),
    pytest.param(r"\\vmlevel.com\SYSVOL\vmlevel.com", "", id="the-domains-folder"),
    pytest.param(rf"{FILES}\..\{{P}}", "", id="upwards"),
    pytest.param(rf"{FILES}\.. \{{P}}", "", id="upwards-with-a-blank"),
    pytest.param(rf"{FILES}\.\{{P}}", "", id="a-dot"),
    pytest.param(rf"{FILES}\\{{P}}", "", id="an-empty-part"),
    pytest.param(rf"{FILES}\a/../b", "", id="slashes"),
    pytest.param(rf"{FILES}\P:stream", "", id="a-stream"),
    pytest.param(rf"{FILES}\P*", "", id="a-wildcard"),
    pytest.param(rf"{FILES}\P" + "\n", "", id="a-control-character"),
    pytest.param(rf"{FILES}\P" + "\0", "", id="a-nul"),
    pytest.param(rf"{FILES}\{'a' * 500}", "", id="too-long"),
    pytest.param("", "", id="empty"),
]


@pytest.mark.parametrize(("path", "within"), PATHS)
def test_only_paths_of_the_domains_own_sysvol_are_read(path: str, within: str) -> None:
    assert within_sysvol(path, "vmlevel.com", (DC1, DC2)) == within


def test_a_controller_that_is_silent_has_no_facts_and_is_asked_no_more(
    servers: Servers, read: Callable[..., Policies]
) -> None:
    servers.silent = {(ADDRESSES[DC1], "tcp/389")}
    found = read()
    assert [type(item.seen) for item in found.objects] == [Unobserved, Observed]
    assert [type(container.seen) for container in found.containers] == [Unobserved, Observed]
    assert {file.controller for file in found.files} == {DC2}
    assert [ask.host for ask in servers.files()] == [ADDRESSES[DC2]]


def test_a_silent_sysvol_leaves_the_directory_told(servers: Servers, read: Callable[..., Policies]) -> None:
    servers.silent = {(ADDRESSES[DC2], "tcp/445")}
    found = read()
    assert [type(container.seen) for container in found.containers] == [Observed, Observed]
    assert [type(file.seen) for file in found.files] == [Observed, Observed, Unobserved, Unobserved]


def test_without_a_ticket_nothing_is_asked_and_why_is_told(servers: Servers, read: Callable[..., Policies]) -> None:
    found = read(services=("ldap",))
    assert [getattr(file.seen, "detail", "") for file in found.files] == [
        "no ticket was requested for krbcheck@VMLEVEL.COM"
    ] * 4
    assert servers.files() == []


def test_a_domain_without_hosts_is_not_asked(servers: Servers, site: Site, made: Any) -> None:
    empty = type(site)(site.name, site.domains, site.storages, ())
    assert collect(servers, empty, made.directories()) == Policies()
    assert servers.asks == []


def test_a_reader_gets_tickets_for_sysvol_where_there_are_hosts(site: Site) -> None:
    vmlevel, tintri = site.domains
    assert services_of(site, vmlevel, KNOWN) == [
        f"{service}/{host}" for service in ("ldap", "cifs") for host in ADDRESSES
    ]
    tidc = Controllers((Controller("tintri.com", "tidc.tintri.com", "10.77.0.20"),))
    assert services_of(site, tintri, tidc) == ["ldap/tidc.tintri.com"]
