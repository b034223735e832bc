"""One question to one name server: whatever it says is an answer; silence, refusal and rubbish are gaps."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from krbcheck.facts.names import DnsAnswer, SrvTarget
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.dns import queries as probe
from krbcheck.probes.dns import wire

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
    """The answer to one question; a gap is raised."""
    ((answer, spent),) = probe.ask([(name, kind)], "127.0.0.1", "127.0.0.1", seconds, port)
    assert 0 <= spent <= seconds
    if isinstance(answer, NoAnswer):
        raise answer
    return answer


def gap(port: int, seconds: float = 2.0) -> Gap:
    with pytest.raises(NoAnswer) as none:
        ask(port, seconds=seconds)
    return none.value.gap


def test_an_address_record_is_an_answer(serve: Serve) -> None:
    found = ask(serve(said((NAME + ".", "A", "10.77.11.30"), flags=int(dns.flags.AA))))
    assert found == DnsAnswer("NOERROR", addresses=("10.77.11.30",), ttl=300, authoritative=True)
    assert found.summary() == "10.77.11.30"


def test_addresses_are_sorted_since_servers_rotate_them(serve: Serve) -> None:
    port = serve(said((NAME + ".", "A", "10.77.12.30"), (NAME + ".", "A", "10.77.2.30")))
    assert ask(port).addresses == ("10.77.2.30", "10.77.12.30")


@pytest.mark.parametrize("rcode", ["NXDOMAIN", "SERVFAIL", "REFUSED"])
def test_a_refusal_is_an_answer(serve: Serve, rcode: str) -> None:
    found = ask(serve(said(rcode=rcode)))
    assert (found.rcode, found.addresses, found.summary()) == (rcode, (), rcode)
    assert found.decided is (rcode == "NXDOMAIN")


def test_a_name_without_addresses_is_an_answer(serve: Serve) -> None:
    assert ask(serve(said())).summary() == "no such record"


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
    assert found.summary() == "alias of data.tintri.com, vmstore.tintri.com: 10.77.11.30"


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
    records = [(NAME + ".", "A", f"10.0.{entry // 250}.{entry % 250 + 1}") for entry in range(600)]
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
    assert gap(serve(rubbish), seconds=0.2) == Gap.MALFORMED


@pytest.mark.parametrize("forger", ["127.0.0.1", "127.0.0.2"], ids=["another-port", "another-address"])
@pytest.mark.parametrize("silent", [False, True], ids=["answers-later", "silent"])
def test_an_answer_from_another_source_is_not_read(forger: str, silent: bool) -> None:
    """It has the number and the query, and arrives before the answer of the name server."""
    forged, genuine = said((NAME + ".", "A", "6.6.6.6")), said((NAME + ".", "A", "10.77.11.30"))
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        server.bind(("127.0.0.1", 0))
        other.bind((forger, 0))

        def serve() -> None:
            question, client = server.recvfrom(65535)
            other.sendto(forged(question), client)
            if not silent:
                server.sendto(genuine(question), client)

        thread = threading.Thread(target=serve)
        thread.start()
        port = server.getsockname()[1]
        if silent:
            assert gap(port, seconds=0.3) == Gap.TIMED_OUT
        else:
            assert ask(port).addresses == ("10.77.11.30",)
        thread.join()


def test_answers_twice_and_again_later_are_those_of_their_queries(serve: Serve) -> None:
    """A name server, or somebody who has its address, sends each answer before and after that to the next query."""
    held: list[bytes] = []

    def again(question: bytes) -> bytes | None:
        held.append(question)
        return knowing()(held[0] if len(held) % 2 else question)

    found = many(serve(again), 6, 0.3)
    assert [entry for entry in found if entry != Gap.TIMED_OUT] == ["10.0.0.0", "10.0.0.1", "10.0.0.3", "10.0.0.5"]


def test_a_name_that_dns_cannot_hold_is_a_gap() -> None:
    with pytest.raises(NoAnswer, match="no name that DNS can hold") as none:
        ask(9, "x" * 64 + ".test")
    assert none.value.gap == Gap.NAME_UNKNOWN


def test_an_address_that_is_not_ours_cannot_ask() -> None:
    with pytest.raises(NoAnswer) as none:
        probe.ask([(NAME, "A")], "127.0.0.1", "192.0.2.1")
    assert none.value.gap == Gap.UNREACHABLE


def asked_for(question: bytes) -> str:
    return dns.message.from_wire(question).question[0].name.to_text()


def knowing(*silent: str) -> Callable[[bytes], bytes | None]:
    """Answers each question by its own number (`h7.test` has 10.0.0.7), and those in `silent` not at all."""

    def answer(question: bytes) -> bytes | None:
        name = asked_for(question)
        return None if name in silent else said((name, "A", f"10.0.0.{name[1:].partition('.')[0]}"))(question)

    return answer


def many(port: int, count: int, seconds: float) -> list[object]:
    """An address or a gap for each of `count` names."""
    questions = [(f"h{number}.test", "A") for number in range(count)]
    answers = (entry.answer for entry in probe.ask(questions, "127.0.0.1", "", seconds, port))
    return [answer.gap if isinstance(answer, NoAnswer) else answer.addresses[0] for answer in answers]


def test_many_questions_are_answered_in_their_order(serve: Serve) -> None:
    assert many(serve(knowing()), 200, 2.0) == [f"10.0.0.{number}" for number in range(200)]


def test_answers_in_another_order_are_told_apart(serve: Serve) -> None:
    held: list[bytes] = []

    def one_late(question: bytes) -> bytes | None:
        """To each question the answer to the one before it."""
        held.append(question)
        return knowing()(held[-2]) if len(held) > 1 else None

    assert many(serve(one_late), 8, 0.3) == [*(f"10.0.0.{number}" for number in range(7)), Gap.TIMED_OUT]


def test_a_slow_question_is_a_gap_beside_the_others_answers(serve: Serve) -> None:
    found = many(serve(knowing("h3.test.", "h30.test.")), 50, 0.2)
    assert [position for position, entry in enumerate(found) if entry == Gap.TIMED_OUT] == [3, 30]


def test_a_silent_server_costs_its_time_once(serve: Serve) -> None:
    """The queries that may wait at once share one limit: no further query is sent after it."""
    received: list[bytes] = []
    with pytest.raises(NoAnswer) as none:
        many(serve(received.append), 500, 0.3)
    assert none.value.gap == Gap.TIMED_OUT
    assert len(received) <= probe.AT_ONCE


def test_a_server_that_falls_silent_in_the_middle_costs_its_time_once(serve: Serve) -> None:
    received: list[bytes] = []

    def tiring(question: bytes) -> bytes | None:
        received.append(question)
        return knowing()(question) if len(received) < 100 else None

    found = many(serve(tiring), 500, 0.3)
    assert found[:99] == [f"10.0.0.{number}" for number in range(99)]
    assert set(found[99:]) == {Gap.TIMED_OUT}
    assert len(received) <= 99 + 2 * probe.AT_ONCE, "queries that were sent before the last answer are replaced once"


def test_a_flood_of_rubbish_ends_in_time(serve: Serve) -> None:
    """The flood ends only after the result."""
    stop = threading.Event()

    def flood(peer: tuple[str, int], server: socket.socket) -> None:
        while not stop.is_set():
            server.sendto(b"rubbish", peer)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve_rubbish() -> None:
            _, peer = server.recvfrom(65535)
            flood(peer, server)

        thread = threading.Thread(target=serve_rubbish, daemon=True)
        thread.start()
        try:
            assert gap(server.getsockname()[1], seconds=0.3) == Gap.MALFORMED
        finally:
            stop.set()
            thread.join(5)


QUERY = dns.message.make_query(NAME, "A")
WHOLE = said((NAME + ".", "CNAME", "vmstore.tintri.com."), ("vmstore.tintri.com.", "A", "10.77.11.30"))(QUERY.to_wire())


def understood(reply: bytes) -> None:
    """An answer, or a gap; nothing else may come out of rubbish."""
    found: object
    try:
        found = wire.understood(reply, QUERY, "127.0.0.1")
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
    for position, octet in damage:
        damaged[position] = octet
    understood(bytes(damaged[: len(damaged) - cut]))
