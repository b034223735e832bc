"""Who is asked for which ticket, in what order, and where it ends. The collectors are driven by hand: no network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from krbcheck.asking.scheduler import Answer, Ask, Asking, F
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.kerberos.grants import ticket_grants
from krbcheck.collectors.kerberos.kdcs import kdc_replies
from krbcheck.collectors.kerberos.libkrb5 import libkrb_tickets
from krbcheck.collectors.kerberos.readers import reader_tickets
from krbcheck.collectors.kerberos.service_tickets import service_tickets
from krbcheck.credentials.wallet import Credential, Granted, Secret, Ticket, Wallet
from krbcheck.facts.kerberos import KrbError, ReaderTickets, ServiceTickets, TicketFacts, TicketGrant, TicketGrants, Way
from krbcheck.facts.names import Controller, ControllerGap, Controllers
from krbcheck.facts.observation import Gap, NoAnswer, Observed, Unobserved
from krbcheck.probes.kerberos import exchanges
from krbcheck.site.stated import SecretKind, SecretSource, Site

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@VMLEVEL.COM"
SPN = "cifs/vmstore-alice.tintri.com"
DC1 = Controller("vmlevel.com", "vmdc1.vmlevel.com", "10.77.0.10")
DC2 = Controller("vmlevel.com", "vmdc2.vmlevel.com", "10.77.0.11")
TIDC = Controller("tintri.com", "tidc.tintri.com", "10.77.0.20")
TIDC2 = Controller("tintri.com", "tidc2.tintri.com", "10.77.0.21")
FADC = Controller("fabric.com", "fadc.fabric.com", "10.77.0.30")
KNOWN = Controllers((DC1, DC2, TIDC))
HOSTS = {one.address: one.host for one in (DC1, DC2, TIDC, TIDC2, FADC)}
THIS_HOST = ThisHost(
    "station", {"alice": SourceAddress("alice", "10.77.11.9"), "bob": SourceAddress("bob", "", "no leg")}
)
Said = Granted | KrbError | Gap
Answering = Callable[[str, str], Said]
"""What the KDC `host` says when it is asked for `service`."""


def granted(service: str, realm: str) -> Granted:
    end = NOW + timedelta(hours=10)
    fact = TicketFacts("alice-hv01$", "VMLEVEL.COM", service, realm, 18, 18, 1, 0, NOW, end)
    ticket = Ticket(
        ALICE,
        service,
        realm,
        Secret(service),
        Secret(bytes(32)),
        18,
        18,
        1,
        0,
        NOW,
        NOW,
        end,
        client_realm="VMLEVEL.COM",
    )
    return Granted(fact, (ticket,))


def tgt(realm: str) -> Granted:
    return granted(f"krbtgt/{realm}", realm)


def question(ask: Ask) -> tuple[str, str]:
    """The host, and the service, or the principal whose TGT it is."""
    if ask.probe is exchanges.tgt:
        return HOSTS[ask.args[2]], ask.args[1]
    if ask.probe is exchanges.service_ticket:
        return HOSTS[ask.args[3]], ask.args[2]
    return "", ""


def drive(collector: Asking[F], say: Answering) -> tuple[F, list[list[tuple[str, str]]]]:
    """What the collector makes of the answers, and what it asked in each round."""
    rounds: list[list[tuple[str, str]]] = []
    answers: list[Answer] = []
    try:
        asks = next(collector)
        while True:
            rounds.append([question(ask) for ask in asks])
            answers = [_answer(ask, say) for ask in asks]
            asks = collector.send(answers)
    except StopIteration as stopped:
        return stopped.value, [one for one in rounds if one]


def _answer(ask: Ask, say: Answering) -> Answer:
    if question(ask) == ("", ""):
        try:
            ask.probe(*ask.args)
        except NoAnswer as none:
            return Unobserved(none.gap, none.detail, ask.asked, NOW, ask.vantage)
    said = say(*question(ask))
    if isinstance(said, Gap):
        return Unobserved(said, "no answer", ask.asked, NOW, ask.vantage)
    return Observed(said if isinstance(said, Granted) else Granted(said), ask.asked, NOW, ask.vantage)


@pytest.fixture
def wallet() -> Wallet:
    source = SecretSource(SecretKind.ENV, "X")
    return Wallet({name: Credential(name, source, password=Secret("x")) for name in (ALICE, READER)})


# TGTs


def test_each_kdc_is_asked_after_the_other(cloud: Site, wallet: Wallet) -> None:
    """One round for each KDC: what one refuses is known before the next is asked."""
    found, rounds = drive(ticket_grants(cloud, THIS_HOST, wallet, KNOWN), lambda host, _: tgt("VMLEVEL.COM"))
    assert rounds == [[(DC1.host, ALICE)], [(DC2.host, ALICE)]]
    assert [(one.tenant, one.principal, one.host) for one in found.grants] == [
        ("alice", ALICE, DC1.host),
        ("alice", ALICE, DC2.host),
    ], "bob cannot be asked for from here"
    assert wallet.ticket(ALICE, "krbtgt/VMLEVEL.COM", DC2.host) is not None


@pytest.mark.parametrize("code", [18, 23, 24])
def test_what_a_kdc_refused_is_not_offered_again(cloud: Site, wallet: Wallet, code: int) -> None:
    drive(ticket_grants(cloud, THIS_HOST, wallet, KNOWN), lambda host, _: KrbError(code, NOW))
    with pytest.raises(NoAnswer, match="refused before") as raised:
        wallet.credential(ALICE)
    assert raised.value.gap is Gap.NOT_ALLOWED
    assert DC1.host in raised.value.detail


@pytest.mark.parametrize("code", [6, 14, 37, 60])
def test_what_is_not_the_credentials_fault_is_tried_elsewhere(cloud: Site, wallet: Wallet, code: int) -> None:
    drive(ticket_grants(cloud, THIS_HOST, wallet, KNOWN), lambda host, _: KrbError(code, NOW))
    assert wallet.credential(ALICE)


def test_without_a_controller_the_reason_is_kept(cloud: Site, wallet: Wallet) -> None:
    nowhere = Controllers((), (ControllerGap("vmlevel.com", "", "NXDOMAIN of 10.77.0.1"),))
    found, _ = drive(ticket_grants(cloud, THIS_HOST, wallet, nowhere), lambda host, _: Gap.TIMED_OUT)
    (grant,) = found.grants
    assert isinstance(grant.seen, Unobserved)
    assert "NXDOMAIN of 10.77.0.1" in grant.seen.detail
    assert (grant.host, grant.address) == ("", "")


def test_a_reader_asks_the_next_kdc_only_where_one_does_not_grant(cloud: Site, wallet: Wallet) -> None:
    def say(host: str, what: str) -> Said:
        if host == DC1.host:
            return Gap.TIMED_OUT
        return tgt("VMLEVEL.COM") if what == READER else granted(what, "VMLEVEL.COM")

    site = msgspec.structs.replace(cloud, domains=cloud.domains[:1])
    found, rounds = drive(reader_tickets(site, THIS_HOST, wallet, KNOWN), say)
    assert isinstance(found, ReaderTickets)
    assert rounds[:2] == [[(DC1.host, READER)], [(DC2.host, READER)]]
    assert {host for host, _ in rounds[2]} == {DC2.host}, "the KDC that granted is the one to go on with"
    assert {f"ldap/{one.host}" for one in (DC1, DC2)} <= {service for _, service in rounds[2]}
    assert wallet.ticket(READER, f"ldap/{DC1.host}") is not None


def test_a_reader_that_gets_no_tgt_asks_for_nothing_else(cloud: Site, wallet: Wallet) -> None:
    found, rounds = drive(reader_tickets(cloud, THIS_HOST, wallet, KNOWN), lambda host, _: KrbError(24, NOW))
    assert found.services == ()
    assert all(what.startswith("krbcheck@") for each in rounds for _, what in each)


def test_every_kdc_is_asked_for_its_clock(cloud: Site) -> None:
    collector = kdc_replies(cloud, THIS_HOST, KNOWN)
    asks = next(collector)
    assert [(ask.host, ask.args[0], ask.vantage) for ask in asks] == [
        (DC1.address, "VMLEVEL.COM", "station"),
        (DC2.address, "VMLEVEL.COM", "station"),
        (TIDC.address, "TINTRI.COM", "station"),
    ]


# service tickets


REFERRAL = granted("krbtgt/TINTRI.COM", "VMLEVEL.COM")
SERVED = granted(SPN, "TINTRI.COM")
UNKNOWN_SPN = KrbError(7, NOW)


def ways(
    site: Site, wallet: Wallet, say: Answering, *, kdcs: tuple[Controller, ...] = (DC1,), known: Controllers = KNOWN
) -> tuple[list[Way], list[list[tuple[str, str]]]]:
    """Of alice, who has a TGT of each of `kdcs`."""
    grants = []
    for one in kdcs:
        seen = wallet.keep(Observed(tgt("VMLEVEL.COM"), "TGT", NOW, "alice"), ALICE, one.host)
        grants.append(TicketGrant("alice", ALICE, one.host, one.address, seen))
    found, rounds = drive(service_tickets(site, THIS_HOST, wallet, known, TicketGrants(tuple(grants))), say)
    assert isinstance(found, ServiceTickets)
    return list(found.ways), rounds


def told(way: Way) -> list[str]:
    return [f"{hop.host.split('.')[0]} {hop.service}" for hop in way.hops]


def test_a_referral_is_followed_to_the_realm_that_it_names(cloud: Site, wallet: Wallet) -> None:
    (way,), _ = ways(cloud, wallet, lambda host, _: REFERRAL if host == DC1.host else SERVED)
    assert told(way) == [f"vmdc1 {SPN}", f"tidc {SPN}"]
    assert (way.forest, way.loop) == ("", False)
    assert way.ticket is not None
    assert wallet.ticket(ALICE, SPN) is not None


def test_after_a_refusal_the_stated_domain_is_searched_by_name(cloud: Site, wallet: Wallet) -> None:
    def say(host: str, service: str) -> Said:
        if host == DC1.host:
            return REFERRAL if service == "krbtgt/TINTRI.COM" else UNKNOWN_SPN
        return SERVED

    (direct, searched), _ = ways(cloud, wallet, say)
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

    assert [one.forest for one in ways(three, wallet, unknown, known=FABRIC)[0]] == ["", "tintri.com", "fabric.com"]
    assert [one.forest for one in ways(three, Wallet(), found, known=FABRIC)[0]] == ["", "tintri.com"]


@pytest.mark.parametrize("code", [12, 14, 31])
def test_only_an_unknown_service_is_searched_for(cloud: Site, wallet: Wallet, code: int) -> None:
    (way,), _ = ways(cloud, wallet, lambda host, _: KrbError(code, NOW))
    assert told(way) == [f"vmdc1 {SPN}"]


def test_what_another_realm_does_not_know_is_not_searched_for(cloud: Site, wallet: Wallet) -> None:
    """A Windows host searches after its own KDC's refusal, not after that of a realm it was referred to."""
    found, _ = ways(cloud, wallet, lambda host, _: REFERRAL if host == DC1.host else UNKNOWN_SPN)
    assert [one.forest for one in found] == [""]


def test_a_silent_kdc_of_another_realm_gives_way_to_the_next(cloud: Site, wallet: Wallet) -> None:
    say: dict[str, Said] = {DC1.host: REFERRAL, TIDC.host: Gap.TIMED_OUT, TIDC2.host: SERVED}
    (way,), _ = ways(cloud, wallet, lambda host, _: say[host], known=Controllers((DC1, TIDC, TIDC2)))
    assert told(way) == [f"vmdc1 {SPN}", f"tidc {SPN}", f"tidc2 {SPN}"]
    assert way.ticket is not None


def test_the_own_kdc_has_no_stand_in(cloud: Site, wallet: Wallet) -> None:
    """Each of the principal's KDCs is looked at by itself."""
    found, _ = ways(cloud, wallet, lambda host, _: Gap.TIMED_OUT, kdcs=(DC1, DC2))
    assert [told(one) for one in found] == [[f"vmdc1 {SPN}"], [f"vmdc2 {SPN}"]]


def test_a_realm_without_a_known_controller_ends_the_way_with_the_reason(cloud: Site, wallet: Wallet) -> None:
    (way,), _ = ways(cloud, wallet, lambda host, _: REFERRAL, known=Controllers((DC1,)))
    last = way.hops[-1]
    assert (last.realm, last.host) == ("TINTRI.COM", "")
    assert isinstance(last.seen, Unobserved)
    assert "no controller of tintri.com is known" in last.seen.detail


def test_a_circle_of_referrals_ends(cloud: Site, wallet: Wallet) -> None:
    back = granted("krbtgt/VMLEVEL.COM", "TINTRI.COM")
    (way,), _ = ways(cloud, wallet, lambda host, _: REFERRAL if host == DC1.host else back)
    assert way.loop
    assert way.ticket is None
    assert told(way) == [f"vmdc1 {SPN}", f"tidc {SPN}"]


def test_a_kdc_that_answers_with_a_ticket_for_itself_leads_nowhere(cloud: Site, wallet: Wallet) -> None:
    (way,), _ = ways(cloud, wallet, lambda host, _: REFERRAL if host == DC1.host else tgt("TINTRI.COM"))
    assert way.loop
    assert way.ticket is None


def test_a_host_follows_six_referrals_however_many_kdcs_are_silent_on_the_way(cloud: Site, wallet: Wallet) -> None:
    realms = [f"R{number}.COM" for number in range(9)]
    known = Controllers(
        (DC1, *(Controller(one.lower(), f"{dc}.{one}", f"{one}/{dc}") for one in realms for dc in ("silent", "dc")))
    )
    HOSTS.update({one.address: one.host for one in known.controllers})

    def say(host: str, service: str) -> Said:
        if host.startswith("silent"):
            return Gap.TIMED_OUT
        number = -1 if host == DC1.host else realms.index(host.partition(".")[2])
        return granted(f"krbtgt/{realms[number + 1]}", "HERE")

    (way,), _ = ways(cloud, wallet, say, known=known)
    assert way.loop
    referred = [hop for hop in way.hops if isinstance(hop.seen, Observed)]
    assert len(referred) == 7, "six that are followed, and the one that is not"


def test_what_several_ways_want_is_asked_once(cloud: Site, wallet: Wallet) -> None:
    paths = tuple(
        msgspec.structs.replace(cloud.tenants[0].data_paths[0], name=f"vm{number}.tintri.com") for number in range(5)
    )
    site = msgspec.structs.replace(cloud, tenants=(msgspec.structs.replace(cloud.tenants[0], data_paths=paths),))

    def say(host: str, service: str) -> Said:
        if host == DC1.host:
            return REFERRAL if service == "krbtgt/TINTRI.COM" else UNKNOWN_SPN
        return granted(service, "TINTRI.COM")

    found, rounds = ways(site, wallet, say)
    assert [len(each) for each in rounds] == [5, 1, 5]
    assert [told(one)[0] for one in found[5:]] == ["vmdc1 krbtgt/TINTRI.COM"] * 5
    assert all(one.ticket is not None for one in found[5:])


def test_libkrb5_is_asked_only_for_principals_that_a_kdc_accepted(cloud: Site, wallet: Wallet) -> None:
    def asked(value: TicketFacts | KrbError) -> list[tuple[str, str]]:
        grants = TicketGrants((TicketGrant("alice", ALICE, DC1.host, "", Observed(value, "TGT", NOW, "alice")),))
        return [(ask.args[1], ask.args[2]) for ask in next(libkrb_tickets(cloud, THIS_HOST, wallet, grants))]

    assert asked(tgt("VMLEVEL.COM").value) == [(ALICE, SPN)]
    assert asked(KrbError(24, NOW)) == []


def test_where_a_kdc_is_silent_the_library_is_waited_for_the_less(cloud: Site, wallet: Wallet) -> None:
    def patience(*seen: Observed[object] | Unobserved) -> float:
        grants = tuple(TicketGrant("alice", ALICE, f"kdc{number}", "", one) for number, one in enumerate(seen))  # type: ignore[arg-type]
        (ask,) = next(libkrb_tickets(cloud, THIS_HOST, wallet, TicketGrants(grants)))
        return ask.seconds

    granted_ = Observed(tgt("VMLEVEL.COM").value, "TGT", NOW, "alice")
    silence, refused = (Unobserved(gap, "none", "TGT", NOW, "alice") for gap in (Gap.TIMED_OUT, Gap.REFUSED))
    assert patience(silence, granted_) < patience(granted_)
    assert patience(refused, granted_) == patience(granted_)
