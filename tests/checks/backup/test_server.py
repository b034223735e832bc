"""backup.server: the name of the DPM server, and its ports from the networks of the hosts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from krbcheck.facts.backup_servers import BackupServerName, BackupServerPort, BackupServers
from krbcheck.facts.names import DnsAnswer
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.ports import PortReply, PortState
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Site

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
SERVER, ADDRESS, OTHER = "dpm01.vmlevel.com", "10.77.0.60", "10.77.0.61"
OPEN, CLOSED, FILTERED = PortState.OPEN, PortState.CLOSED, PortState.FILTERED


def stating(site: Site, product: str = "dpm-2016", server: str = SERVER) -> Site:
    return replace(site, backups=(replace(site.backups[0], product=product, server=server),))


def name(answer: DnsAnswer | Gap) -> BackupServerName:
    seen: Observation[DnsAnswer] = (
        Unobserved(answer, "no answer", f"{SERVER} A", AT, "station")
        if isinstance(answer, Gap)
        else Observed(answer, f"{SERVER} A", AT, "station")
    )
    return BackupServerName(SERVER, "A", "10.77.0.10", seen)


def port(number: int, state: PortState | Gap, address: str = ADDRESS, tenant: str = "alice") -> BackupServerPort:
    seen: Observation[PortReply] = (
        Unobserved(state, "out of time", f"TCP {number}", AT, tenant)
        if isinstance(state, Gap)
        else Observed(PortReply(state), f"TCP {number}", AT, tenant)
    )
    return BackupServerPort(tenant, SERVER, address, number, seen)


def three(*states: PortState | Gap, address: str = ADDRESS) -> tuple[BackupServerPort, ...]:
    return tuple(port(number, state, address) for number, state in zip((135, 5718, 5719), states, strict=True))


FOUND, NONE = name(DnsAnswer("NOERROR", (ADDRESS,))), name(DnsAnswer("NXDOMAIN"))
FROM = f"alice {SERVER} from alice"


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        pytest.param(BackupServers((FOUND,), three(OPEN, OPEN, OPEN)), [f"fine {FROM}"], id="open"),
        pytest.param(
            BackupServers((FOUND,), three(OPEN, CLOSED, FILTERED)), [f"backup.server/port-closed {FROM}"], id="closed"
        ),
        pytest.param(
            BackupServers((FOUND,), (*three(CLOSED, OPEN, OPEN), *three(OPEN, CLOSED, CLOSED, address=OTHER))),
            [f"fine {FROM}"],
            id="each-port-open-at-one-address",
        ),
        pytest.param(BackupServers((FOUND,), three(OPEN, Gap.OUT_OF_TIME, OPEN)), [f"unknown {FROM}"], id="not-tested"),
        pytest.param(BackupServers((NONE,)), [f"backup.server/no-address - {SERVER}"], id="no-such-name"),
        pytest.param(BackupServers((name(Gap.TIMED_OUT), NONE)), [f"unknown - {SERVER}"], id="a-silent-name-server"),
        pytest.param(BackupServers((name(DnsAnswer("SERVFAIL")),)), [f"unknown - {SERVER}"], id="servfail"),
        pytest.param(BackupServers((FOUND,)), [f"unknown - {SERVER}"], id="no-port-tested"),
        pytest.param(BackupServers(), [f"unknown - {SERVER}"], id="nothing-queried"),
        pytest.param(
            BackupServers((FOUND,), (*three(OPEN, OPEN, OPEN), port(135, CLOSED, tenant=""))),
            [f"fine {FROM}", f"backup.server/port-closed - {SERVER}"],
            id="from-two-vantage-points",
        ),
    ],
)
def test_the_server(lines: Lines, site: Site, servers: BackupServers, expected: list[str]) -> None:
    assert lines("backup.server", servers, of=stating(site)) == expected


def test_the_finding_names_the_ports(judged: Judged, site: Site) -> None:
    (found,) = judged("backup.server", BackupServers((FOUND,), three(OPEN, CLOSED, CLOSED)), of=stating(site))
    assert isinstance(found, Finding)
    assert found.says == (
        f"{SERVER} does not accept connections from the network of alice on TCP 5718, TCP 5719: closed"
    )


@pytest.mark.parametrize(
    ("states", "listening"),
    [
        pytest.param((OPEN, CLOSED, CLOSED), "5718,5719", id="refused"),
        pytest.param((OPEN, FILTERED, CLOSED), "5719", id="the-refused-port-only"),
        pytest.param((FILTERED, FILTERED, FILTERED), "", id="no-response"),
    ],
)
def test_refused_connections_lead_to_the_services(
    judged: Judged, site: Site, states: Sequence[PortState], listening: str
) -> None:
    (found,) = judged("backup.server", BackupServers((FOUND,), three(*states)), of=stating(site))
    assert isinstance(found, Finding)
    commands = [step.command for step in found.remedy]
    assert (f"Get-NetTCPConnection -State Listen -LocalPort {listening}" in commands) is bool(listening)
    assert ("Get-Service -Name MSDPM, DPMRA" in commands) is bool(listening)
    assert "Allow TCP 135" in found.remedy[-1].says


@pytest.mark.parametrize(("product", "server"), [("dpm-2016", ""), ("veeam", SERVER)])
def test_without_a_dpm_server_there_is_nothing_to_judge(lines: Lines, site: Site, product: str, server: str) -> None:
    assert lines("backup.server", BackupServers((NONE,)), of=stating(site, product, server)) == []
