"""The LDAP probe against peers that refuse, are silent, close, talk rubbish. What a directory tells is the lab's."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from krbcheck.credentials.wallet import Secret, Ticket
from krbcheck.facts.observation import Gap
from krbcheck.probes.ldap import queries
from krbcheck.windows import der
from tests.support.gaps import NO_ANSWERS, gap_of

NOW = datetime(2026, 7, 3, tzinfo=UTC)
TICKET = Ticket(
    client="krbcheck@TINTRI.COM",
    service="ldap/tidc.tintri.com",
    realm="TINTRI.COM",
    der=Secret(der.application(1, der.sequence())),
    session_key=Secret(bytes(32)),
    etype=18,
    session_etype=18,
    kvno=1,
    flags=0,
    authtime=NOW,
    starttime=NOW,
    endtime=NOW,
    client_realm="TINTRI.COM",
)
Serve = Callable[[Callable[[bytes], bytes | None]], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A peer that answers what it is sent first, and closes; None is silence."""
    over = threading.Event()

    def run(server: socket.socket, answer: Callable[[bytes], bytes | None]) -> None:
        channel, _ = server.accept()
        with channel, contextlib.suppress(OSError):
            said = answer(channel.recv(65536))
            if said is None:
                over.wait(30)
            else:
                channel.sendall(said)

    with contextlib.ExitStack() as open_:

        def start(answer: Callable[[bytes], bytes | None]) -> int:
            server = open_.enter_context(socket.create_server(("127.0.0.1", 0)))
            threading.Thread(target=run, args=(server, answer), daemon=True).start()
            port: int = server.getsockname()[1]
            return port

        yield start
        over.set()


def bind_response(code: int, message: bytes = b"", token: bytes = b"") -> Callable[[bytes], bytes]:
    """RFC 4511 4.2.2, under the number of the request."""

    def answer(request: bytes) -> bytes:
        number = der.member(der.inner(request, der.SEQUENCE), der.INTEGER)
        said = der.tlv(0x0A, bytes([code])) + der.octets(b"") + der.octets(message)
        said += der.tlv(0x87, token) if token else b""
        return der.sequence(der.tlv(der.INTEGER, number), der.tlv(0x61, said))

    return answer


KRB_ERROR = der.application(
    30,
    der.sequence(
        der.context(4, der.moment(NOW)),
        der.context(6, der.integer(37)),
    ),
)


@pytest.mark.parametrize(
    ("answer", "gap", "says"),
    [
        pytest.param(bind_response(49, b"80090308"), Gap.NOT_ALLOWED, "(49): 80090308", id="invalid-credentials"),
        pytest.param(bind_response(8), Gap.NOT_ALLOWED, "(8)", id="stronger-authentication-required"),
        pytest.param(bind_response(14, token=KRB_ERROR), Gap.NOT_ALLOWED, "KRB_AP_ERR_SKEW (37)", id="krb-error"),
        pytest.param(bind_response(14, token=b"rubbish"), Gap.MALFORMED, "", id="a-token-that-is-none"),
        pytest.param(bind_response(0), Gap.MALFORMED, "", id="done-without-a-token"),
        pytest.param(lambda _: bytes(50), Gap.CLOSED, "closed the connection", id="zeros"),
        pytest.param(lambda _: b"HTTP/1.1 400 Bad Request\r\n".ljust(86), Gap.MALFORMED, "not LDAP", id="http"),
        pytest.param(
            lambda _: b"\x30\x84\x00\x00\xc0\x00" + b"\x30\x80" * 24576, Gap.MALFORMED, "", id="deeply-nested"
        ),
        pytest.param(lambda _: b"\x30\x84\xff\xff\xff\xff", Gap.CLOSED, "closed the connection", id="cut-off"),
        pytest.param(lambda _: b"", Gap.CLOSED, "closed the connection", id="closed"),
        pytest.param(lambda _: None, Gap.TIMED_OUT, "no answer from 127.0.0.1", id="silence"),
    ],
)
def test_what_is_no_directorys_answer_is_a_gap(
    serve: Serve, answer: Callable[[bytes], bytes | None], gap: Gap, says: str
) -> None:
    with pytest.raises(NO_ANSWERS) as raised:
        queries.read("127.0.0.1", serve(answer), "", TICKET, [], 0.5)
    assert (gap_of(raised.value), says in str(raised.value)) == (gap, True), str(raised.value)


def test_a_controller_without_the_service_refuses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NO_ANSWERS) as raised:
        queries.read("127.0.0.1", port, "", TICKET, [], 0.5)
    assert gap_of(raised.value) is Gap.REFUSED


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("alice-hv01$", "alice-hv01$"),
        ("*)(objectClass=*", r"\2a\29\28objectClass=\2a"),
        ("back\\slash\0", r"back\5cslash\00"),
    ],
)
def test_names_do_not_change_a_filter(text: str, escaped: str) -> None:
    assert queries.escaped(text) == escaped


def test_marks_in_a_base_stand_for_the_naming_contexts() -> None:
    known = {"%domain": "DC=tintri,DC=com", "%config": "CN=Configuration,DC=tintri,DC=com"}
    entry = queries.Search("CN=System,%domain", "(objectClass=*)", ("cn",), "one")
    assert queries.placed(entry, known) == queries.Search(
        "CN=System,DC=tintri,DC=com", "(objectClass=*)", ("cn",), "one"
    )
