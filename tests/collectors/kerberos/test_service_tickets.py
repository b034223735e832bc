"""Who is asked for which ticket, in what order, and where it ends. The collectors are driven by hand: no network."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.collectors.kerberos.service_tickets import service_tickets
from krbcheck.credentials.wallet import Granted, Wallet
from krbcheck.facts.kerberos import KrbError, Reply, ServiceTickets, TicketGrant, TicketGrants, TicketPath
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.site.stated import Site
from tests.support import ticket_asking
from tests.support.ticket_asking import HOSTS, KNOWN, THIS_HOST, Answering, drive, granted, tgt

wallet = ticket_asking.wallet

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@VMLEVEL.COM"
SPN = "cifs/vmstore-alice.tintri.com"
DC1 = Controller("vmlevel.com", "vmdc1.vmlevel.com", "10.77.0.10")
DC2 = Controller("vmlevel.com", "vmdc2.vmlevel.com", "10.77.0.11")
TIDC = Controller("tintri.com", "tidc.tintri.com", "10.77.0.20")
TIDC2 = Controller("tintri.com", "tidc2.tintri.com", "10.77.0.21")
FADC = Controller("fabric.com", "fadc.fabric.com", "10.77.0.30")
Said = Granted[Reply] | KrbError | Gap


REFERRAL = granted("krbtgt/TINTRI.COM", "VMLEVEL.COM")
SERVED = granted(SPN, "TINTRI.COM")
UNKNOWN_SPN = KrbError(7, NOW)


def paths(
    site: Site, wallet: Wallet, say: Answering, *, kdcs: tuple[Controller, ...] = (DC1,), known: Controllers = KNOWN
) -> tuple[list[TicketPath], list[list[tuple[str, str]]]]:
    """Of alice, who has a TGT of each of `kdcs`."""
    grants = []
    for kdc in kdcs:
        seen = wallet.keep(Observed(tgt("VMLEVEL.COM"), "TGT", NOW, "alice"), ALICE, kdc.host)
        grants.append(TicketGrant("alice", ALICE, kdc.host, kdc.address, seen))
    found, rounds = drive(service_tickets(site, THIS_HOST, wallet, known, TicketGrants(tuple(grants))), say)
    assert isinstance(found, ServiceTickets)
    return list(found.paths), rounds


def told(path: TicketPath) -> list[str]:
    return [f"{hop.host.split('.')[0]} {hop.service}" for hop in path.hops]


def test_a_referral_is_followed_to_the_realm_that_it_names(cloud: Site, wallet: Wallet) -> None:
    (path,), _ = paths(cloud, wallet, lambda host, _: REFERRAL if host == DC1.host else SERVED)
    assert told(path) == [f"vmdc1 {SPN}", f"tidc {SPN}"]
    assert (path.forest, path.loop) == ("", False)
    assert path.ticket is not None
    assert wallet.ticket(ALICE, SPN) is not None


def test_after_a_refusal_the_stated_domain_is_searched_by_name(cloud: Site, wallet: Wallet) -> None:
    def say(host: str, service: str) -> Said:
        if host == DC1.host:
            return REFERRAL if service == "krbtgt/TINTRI.COM" else UNKNOWN_SPN
        return SERVED

    (direct, searched), _ = paths(cloud, wallet, say)
    assert told(direct) == [f"vmdc1 {SPN}"]
    assert direct.ticket is None
    assert told(searched) == ["vmdc1 krbtgt/TINTRI.COM", f"tidc {SPN}"]
    assert searched.forest == "tintri.com"
    assert searched.ticket is not None


FABRIC = Controllers((DC1, TIDC, FADC))


@pytest.fixture
def three(cloud: Site) -> Site:
    """With a third domain, which no search order lists."""
    third = msgspec.structs.replace(cloud.domains[1], name="fabric.com", account="")
    return msgspec.structs.replace(cloud, domains=(*cloud.domains, third))


def test_other_domains_are_searched_only_where_the_stated_ones_fail(three: Site, wallet: Wallet) -> None:
    def unknown(host: str, service: str) -> Said:
        return granted(service, "VMLEVEL.COM") if service.startswith("krbtgt/") else UNKNOWN_SPN

    def found(host: str, service: str) -> Said:
        return SERVED if host == TIDC.host else unknown(host, service)

    assert [path.forest for path in paths(three, wallet, unknown, known=FABRIC)[0]] == ["", "tintri.com", "fabric.com"]
    assert [path.forest for path in paths(three, Wallet(), found, known=FABRIC)[0]] == ["", "tintri.com"]


@pytest.mark.parametrize("code", [12, 14, 31])
def test_only_an_unknown_service_is_searched_for(cloud: Site, wallet: Wallet, code: int) -> None:
    (path,), _ = paths(cloud, wallet, lambda host, _: KrbError(code, NOW))
    assert told(path) == [f"vmdc1 {SPN}"]


def test_what_another_realm_does_not_know_is_not_searched_for(cloud: Site, wallet: Wallet) -> None:
    """A Windows host searches after its own KDC's refusal, not after that of a realm it was referred to."""
    found, _ = paths(cloud, wallet, lambda host, _: REFERRAL if host == DC1.host else UNKNOWN_SPN)
    assert [entry.forest for entry in found] == [""]


def test_a_silent_kdc_of_another_realm_gives_way_to_the_next(cloud: Site, wallet: Wallet) -> None:
    say: dict[str, Said] = {DC1.host: REFERRAL, TIDC.host: Gap.TIMED_OUT, TIDC2.host: SERVED}
    (path,), _ = paths(cloud, wallet, lambda host, _: say[host], known=Controllers((DC1, TIDC, TIDC2)))
    assert told(path) == [f"vmdc1 {SPN}", f"tidc {SPN}", f"tidc2 {SPN}"]
    assert path.ticket is not None


def test_the_own_kdc_has_no_stand_in(cloud: Site, wallet: Wallet) -> None:
    """Each of the principal's KDCs is looked at by itself."""
    found, _ = paths(cloud, wallet, lambda host, _: Gap.TIMED_OUT, kdcs=(DC1, DC2))
    assert [told(entry) for entry in found] == [[f"vmdc1 {SPN}"], [f"vmdc2 {SPN}"]]


def test_a_realm_without_a_known_controller_ends_the_way_with_the_reason(cloud: Site, wallet: Wallet) -> None:
    (path,), _ = paths(cloud, wallet, lambda host, _: REFERRAL, known=Controllers((DC1,)))
    last = path.hops[-1]
    assert (last.realm, last.host) == ("TINTRI.COM", "")
    assert isinstance(last.seen, Unobserved)
    assert "no controller of tintri.com is known" in last.seen.detail


def test_a_circle_of_referrals_ends(cloud: Site, wallet: Wallet) -> None:
    back = granted("krbtgt/VMLEVEL.COM", "TINTRI.COM")
    (path,), _ = paths(cloud, wallet, lambda host, _: REFERRAL if host == DC1.host else back)
    assert path.loop
    assert path.ticket is None
    assert told(path) == [f"vmdc1 {SPN}", f"tidc {SPN}"]


def test_a_kdc_that_answers_with_a_ticket_for_itself_leads_nowhere(cloud: Site, wallet: Wallet) -> None:
    (path,), _ = paths(cloud, wallet, lambda host, _: REFERRAL if host == DC1.host else tgt("TINTRI.COM"))
    assert path.loop
    assert path.ticket is None


def test_a_host_follows_six_referrals_however_many_kdcs_are_silent_on_the_way(cloud: Site, wallet: Wallet) -> None:
    realms = [f"R{number}.COM" for number in range(9)]
    known = Controllers(
        (
            DC1,
            *(
                Controller(realm.lower(), f"{dc}.{realm}", f"{realm}/{dc}")
                for realm in realms
                for dc in ("silent", "dc")
            ),
        )
    )
    HOSTS.update({controller.address: controller.host for controller in known.controllers})

    def say(host: str, service: str) -> Said:
        if host.startswith("silent"):
            return Gap.TIMED_OUT
        number = -1 if host == DC1.host else realms.index(host.partition(".")[2])
        return granted(f"krbtgt/{realms[number + 1]}", "HERE")

    (path,), _ = paths(cloud, wallet, say, known=known)
    assert path.loop
    referred = [hop for hop in path.hops if isinstance(hop.seen, Observed)]
    assert len(referred) == 7, "six that are followed, and the one that is not"


def test_what_several_ways_want_is_asked_once(cloud: Site, wallet: Wallet) -> None:
    data_paths = tuple(
        msgspec.structs.replace(cloud.tenants[0].data_paths[0], name=f"vm{number}.tintri.com") for number in range(5)
    )
    site = msgspec.structs.replace(cloud, tenants=(msgspec.structs.replace(cloud.tenants[0], data_paths=data_paths),))

    def say(host: str, service: str) -> Said:
        if host == DC1.host:
            return REFERRAL if service == "krbtgt/TINTRI.COM" else UNKNOWN_SPN
        return granted(service, "TINTRI.COM")

    found, rounds = paths(site, wallet, say)
    assert [len(each) for each in rounds] == [5, 1, 5]
    assert [told(entry)[0] for entry in found[5:]] == ["vmdc1 krbtgt/TINTRI.COM"] * 5
    assert all(entry.ticket is not None for entry in found[5:])
