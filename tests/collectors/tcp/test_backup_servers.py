"""Which backup servers are resolved, and which of their ports are tested, from which network."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from krbcheck.asking.answering import answered
from krbcheck.asking.scheduler import Answer
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.tcp.backup_servers import backup_servers
from krbcheck.facts.backup_servers import BackupServers
from krbcheck.facts.names import DnsAnswer
from krbcheck.facts.observation import Observed
from krbcheck.facts.ports import PortReply, PortState
from krbcheck.probes.dns import queries
from krbcheck.probes.dns.queries import Said
from krbcheck.probes.tcp import ports
from krbcheck.site.stated import Backup, Site
from tests.support.by_hand import AnyAsk, by_hand
from tests.support.session_asking import AT, HOST
from tests.support.session_asking import site as site

SERVER, ADDRESS = "dpm01.vmlevel.com", "10.77.0.60"
THIS_HOST = ThisHost(
    "station", {"alice": SourceAddress("alice", "10.77.11.9"), "bob": SourceAddress("bob", "", "no leg on VLAN 12")}
)


def stating(site: Site, *backups: Backup) -> Site:
    first, *rest = site.domains
    return replace(site, backups=backups, domains=(replace(first, name_servers=("10.77.0.10",)), *rest))


def collected(site: Site) -> tuple[BackupServers, list[AnyAsk]]:
    collector = by_hand(backup_servers(site, THIS_HOST))
    asked: list[AnyAsk] = []
    try:
        asks = next(collector)
        while True:
            asked += asks
            asks = collector.send([_answer(ask) for ask in asks])
    except StopIteration as done:
        family: BackupServers = done.value
        return family, asked


def _answer(ask: AnyAsk) -> Answer:
    if ask.call.func is ports.knock:
        return Observed(tuple(PortReply(PortState.OPEN) for _ in ask.call.args[0]), ask.asked, AT, ask.vantage)
    if ask.call.func is queries.ask:
        said = tuple(
            Said(DnsAnswer("NOERROR", addresses=(ADDRESS,) if kind == "A" else ()), 0.0) for _, kind in ask.call.args[0]
        )
        return Observed(said, ask.asked, AT, ask.vantage)
    return answered(ask)


def test_the_ports_are_tested_from_the_network_of_the_host(site: Site) -> None:
    found, asked = collected(stating(site, Backup("dpm-2016", "vmstore", (HOST,), server=SERVER)))
    assert [(entry.tenant, entry.address, entry.port) for entry in found.ports] == [
        ("alice", ADDRESS, 135),
        ("alice", ADDRESS, 5718),
        ("alice", ADDRESS, 5719),
    ]
    assert [(entry.kind, entry.name_server) for entry in found.names] == [("A", "10.77.0.10"), ("AAAA", "10.77.0.10")]
    knock = asked[-1].call
    assert (knock.args[1], asked[-1].vantage) == ("10.77.11.9", "alice")


def test_accounts_of_no_tenant_are_tested_from_this_host(site: Site) -> None:
    found, asked = collected(stating(site, Backup("dpm-2016", "vmstore", ("b$@VMLEVEL.COM",), server=SERVER)))
    assert {entry.tenant for entry in found.ports} == {""}
    assert (asked[-1].call.args[1], asked[-1].vantage) == ("", "station")


@pytest.mark.parametrize(
    "backup",
    [
        Backup("dpm-2016", "vmstore", (HOST,)),
        Backup("veeam", "vmstore", (HOST,), server=SERVER),
    ],
)
def test_without_a_dpm_server_nothing_is_queried(site: Site, backup: Backup) -> None:
    found, asked = collected(stating(site, backup))
    assert (found.names, found.ports, asked) == ((), (), [])
