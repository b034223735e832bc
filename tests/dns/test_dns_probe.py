"""One question to one name server: whatever it says is an answer; silence, refusal and rubbish are gaps."""

from __future__ import annotations

import socket
from collections.abc import Callable

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from krbcheck.facts.names import DnsAnswer, SrvTarget
from krbcheck.model import Gap, NoAnswer
from krbcheck.probes import dns as probe

Serve = Callable[..., int]
NAME = "vmstore-alice.tintri.com"


def said(*records: tuple[str, str, str], rcode: str = "NOERROR", flags: int = 0) -> Callable[[bytes], bytes]:
    """Answers with records of (owner, type, data)."""

    def answer(question: bytes) -> bytes:
        reply = dns.message.make_response(dns.message.from_wire(question))
        reply.set_rcode(dns.rcode.from_text(rcode))
        reply.flags |= flags
        for owner, kind, data in records:
            reply.answer.append(dns.rrset.from_text(owner, 300, "IN", kind, data))
        return reply.to_wire()

    return answer


def ask(port: int, name: str = NAME, kind: str = "A", seconds: float = 2.0) -> DnsAnswer:
    return probe.ask(name, kind, "127.0.0.1", "127.0.0.1", seconds, port)


def gap(port: int, seconds: float = 2.0) -> Gap:
    with pytest.raises(NoAnswer) as none:
        ask(port, seconds=seconds)
    return none.value.gap


def test_an_address_record_is_an_answer(serve: Serve) -> None:
    found = ask(serve(said((NAME + ".", "A", "10.77.11.30"), flags=int(dns.flags.AA))))
    assert found == DnsAnswer("NOERROR", addresses=("10.77.11.30",), ttl=300, authoritative=True)
    assert found.told() == "10.77.11.30"


def test_addresses_are_sorted_since_servers_rotate_them(serve: Serve) -> None:
    port = serve(said((NAME + ".", "A", "10.77.12.30"), (NAME + ".", "A", "10.77.2.30")))
    assert ask(port).addresses == ("10.77.2.30", "10.77.12.30")


@pytest.mark.parametrize("rcode", ["NXDOMAIN", "SERVFAIL", "REFUSED"])
def test_a_refusal_is_an_answer(serve: Serve, rcode: str) -> None:
    found = ask(serve(said(rcode=rcode)))
    assert (found.rcode, found.addresses, found.told()) == (rcode, (), rcode)
    assert found.decided is (rcode == "NXDOMAIN")


def test_a_name_without_addresses_is_an_answer(serve: Serve) -> None:
    assert ask(serve(said())).told() == "no such record"


def test_aliases_are_kept_in_their_order_and_lower_case(serve: Serve) -> None:
    port = serve(
        said(
            (NAME + ".", "CNAME", "Data.Tintri.COM."),
            ("data.tintri.com.", "CNAME", "vmstore.tintri.com."),
            ("vmstore.tintri.com.", "A", "10.77.11.30"),
        )
    )
    found = ask(port)
    assert found.aliases == ("data.tintri.com", "vmstore.tintri.com")
    assert found.addresses == ("10.77.11.30",)
    assert found.told() == "alias of data.tintri.com, vmstore.tintri.com: 10.77.11.30"


def test_a_loop_of_aliases_ends(serve: Serve) -> None:
    port = serve(said((NAME + ".", "CNAME", "b.test."), ("b.test.", "CNAME", NAME + ".")))
    assert ask(port).aliases == ("b.test", NAME)


def test_service_records_name_their_targets(serve: Serve) -> None:
    name = "_ldap._tcp.dc._msdcs.tintri.com"
    port = serve(said((name + ".", "SRV", "0 100 389 TIDC.tintri.com."), (name + ".", "SRV", "9 0 389 .")))
    found = ask(port, name, "SRV")
    assert found.targets == (SrvTarget(0, 100, 389, "tidc.tintri.com"), SrvTarget(9, 0, 389, ""))


def test_a_reverse_record_names_the_host(serve: Serve) -> None:
    name = "30.11.77.10.in-addr.arpa"
    assert ask(serve(said((name + ".", "PTR", NAME.upper() + "."))), name, "PTR").names == (NAME,)


def test_what_was_cut_short_is_asked_again_over_tcp(serve: Serve) -> None:
    records = [(NAME + ".", "A", f"10.0.{one // 250}.{one % 250 + 1}") for one in range(600)]
    port = serve(said(flags=int(dns.flags.TC)), said(*records))
    assert len(ask(port).addresses) == 600


def test_an_answer_cut_in_the_middle_of_a_record_is_asked_again_over_tcp(serve: Serve) -> None:
    whole = said((NAME + ".", "A", "10.77.11.30"), flags=int(dns.flags.TC))
    port = serve(lambda question: whole(question)[:-3], said((NAME + ".", "A", "10.77.11.30")))
    assert ask(port).addresses == ("10.77.11.30",)


def test_tcp_that_closes_in_the_middle_is_a_gap(serve: Serve) -> None:
    assert gap(serve(said(flags=int(dns.flags.TC)), lambda _: None)) == Gap.CLOSED


def test_silence_is_a_gap_after_its_time(serve: Serve) -> None:
    assert gap(serve(lambda _: None), seconds=0.1) == Gap.TIMED_OUT


def test_silence_over_tcp_counts_to_the_same_time(serve: Serve) -> None:
    assert gap(serve(said(flags=int(dns.flags.TC))), seconds=0.2) == Gap.TIMED_OUT


def test_nobody_listening_is_a_refusal() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    assert gap(port) == Gap.REFUSED


@pytest.mark.parametrize(
    "rubbish",
    [
        pytest.param(lambda _: b"SSH-2.0-OpenSSH_9.2\r\n", id="another protocol"),
        pytest.param(lambda question: question[:2], id="two octets"),
        pytest.param(lambda _: b"", id="nothing"),
        pytest.param(lambda question: question, id="an echo"),
        pytest.param(lambda question: b"\0\0" + said()(question)[2:], id="another question's answer"),
    ],
)
def test_rubbish_is_a_gap(serve: Serve, rubbish: Callable[[bytes], bytes]) -> None:
    assert gap(serve(rubbish)) == Gap.MALFORMED


def test_a_name_that_dns_cannot_hold_is_a_gap() -> None:
    with pytest.raises(NoAnswer, match="no name that DNS can hold") as none:
        probe.ask("x" * 64 + ".test", "A", "127.0.0.1")
    assert none.value.gap == Gap.NAME_UNKNOWN


def test_an_address_that_is_not_ours_cannot_ask() -> None:
    with pytest.raises(NoAnswer) as none:
        probe.ask(NAME, "A", "127.0.0.1", "192.0.2.1")
    assert none.value.gap == Gap.UNREACHABLE


QUERY = dns.message.make_query(NAME, "A")
WHOLE = said((NAME + ".", "CNAME", "vmstore.tintri.com."), ("vmstore.tintri.com.", "A", "10.77.11.30"))(QUERY.to_wire())


def understood(reply: bytes) -> None:
    """An answer, or a gap; nothing else may come out of rubbish."""
    found: object
    try:
        found = probe.understood(reply, QUERY, "127.0.0.1")
    except NoAnswer as none:
        found = none.gap
    assert found == Gap.MALFORMED or isinstance(found, DnsAnswer)


@given(st.binary(max_size=600))
def test_any_bytes_are_an_answer_or_a_gap(rubbish: bytes) -> None:
    understood(rubbish)
    understood(WHOLE[:12] + rubbish)


@given(st.lists(st.tuples(st.integers(2, len(WHOLE) - 1), st.integers(0, 255)), max_size=8), st.integers(0, 60))
def test_a_damaged_answer_is_an_answer_or_a_gap(damage: list[tuple[int, int]], cut: int) -> None:
    damaged = bytearray(WHOLE)
    for place, octet in damage:
        damaged[place] = octet
    understood(bytes(damaged[: len(damaged) - cut]))
