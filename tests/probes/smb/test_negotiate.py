"""What a storage speaks: replies of real servers and of one on loopback; silence and rubbish are gaps."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import SmbNegotiated, SmbOneReply
from krbcheck.probes.kerberos import spnego
from krbcheck.probes.smb.negotiate import filetime, negotiate, negotiated, smb_one, smb_one_reply

Serve = Callable[[Callable[[socket.socket], None]], int]
Making = Callable[..., Any]
NAME = "vmstore-alice.tintri.com"
NOT_SUPPORTED = 0xC00000BB


def asked(port: int, seconds: float = 3.0) -> SmbNegotiated:
    return negotiate(NAME, "127.0.0.1", "127.0.0.1", seconds, port)


def asked_one(port: int, seconds: float = 3.0) -> SmbOneReply:
    return smb_one("127.0.0.1", "", seconds, port)


def saying(answer: bytes) -> Callable[[socket.socket], None]:
    """Says its piece to whatever comes, and hangs up."""

    def behave(channel: socket.socket) -> None:
        channel.recv(4096)
        channel.sendall(answer)

    return behave


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(4, "big") + message


def silent(channel: socket.socket) -> None:
    while channel.recv(4096):
        pass


def smb_one_answer(index: int, command: int = 0x72) -> bytes:
    return b"\xffSMB" + bytes((command,)) + bytes(27) + b"\x01" + struct.pack("<HH", index, 0)


def test_the_reply_is_told_in_the_protocols_terms(serve: Serve, storage: Making) -> None:
    said = asked(serve(storage(capabilities=0x80000007)))
    assert said == SmbNegotiated(
        0,
        dialect=0x0210,
        security_mode=1,
        capabilities=0x80000007,
        mechs=(spnego.MS_KERBEROS, spnego.KERBEROS, spnego.NTLM),
        server_guid="47474747-4747-4747-4747-474747474747",
        system_time=datetime(2026, 11, 22, 12, tzinfo=UTC),
    )
    assert said.summary() == "SMB 2.1"


def test_a_storage_without_a_clock_tells_none(serve: Serve, storage: Making) -> None:
    assert asked(serve(storage(system_time=None))).system_time is None


def test_no_common_dialect_is_an_answer(serve: Serve, storage: Making) -> None:
    assert asked(serve(storage(negotiate=NOT_SUPPORTED))) == SmbNegotiated(NOT_SUPPORTED)


def test_a_windows_server_without_a_domain_speaks_3_1_1_and_no_kerberos(vectors: Path) -> None:
    said = negotiated((vectors / "smb-bytes" / "scapy-smb2-nego-resp.bin").read_bytes()[4:])
    assert (said.dialect, said.capabilities) == (0x0311, 0x2F)
    assert said.server_guid == "1cdd6d53-1f30-4244-a5c8-88737a6805e1"
    assert len(said.ciphers) == 1
    assert said.mechs == ("1.3.6.1.4.1.311.2.2.30", spnego.NTLM)
    assert said.summary() == "SMB 3.1.1"


def test_a_real_smb_one_reply_has_its_choice(vectors: Path) -> None:
    reply = (vectors / "smb-bytes" / "scapy-smb1-negotiate-resp.bin").read_bytes()[4:]
    assert smb_one_reply(reply, "there") == SmbOneReply(closed=False, status=0, dialect_index=5)


def test_a_real_ntlm_challenge_names_its_mechanism(vectors: Path) -> None:
    reply = (vectors / "smb-bytes" / "scapy-smb2-sessionsetup-resp.bin").read_bytes()[4:]
    start, size = struct.unpack_from("<HH", reply, 68)
    assert spnego.read_resp(reply[start : start + size]).mech == spnego.NTLM


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        framed(b"\xfeSMB" + bytes(60)),
        framed(b"\xfeSMB" + b"\xff" * 200),
        framed(b"\xfdSMB" + b"\xff" * 200),
        framed(bytes(100)),
        b"\x00\xff\xff\xff",
        b"\x00\x00\x00\x02ab",
    ],
)
def test_rubbish_is_malformed(serve: Serve, answer: bytes) -> None:
    with pytest.raises(NoAnswer) as none:
        asked(serve(saying(answer)))
    assert none.value.gap in (Gap.MALFORMED, Gap.CLOSED)


def test_a_reply_cut_in_its_fields_is_malformed(serve: Serve, storage: Making) -> None:
    whole: bytes = storage().packed([storage().answer(0, bytes(200))])[4:]
    for size in range(64, 128, 3):
        with pytest.raises(NoAnswer) as none:
            asked(serve(saying(framed(whole[:size]))))
        assert none.value.gap is Gap.MALFORMED


def test_a_reply_cut_in_its_token_loses_the_hint_alone(serve: Serve, storage: Making) -> None:
    whole: bytes = storage().packed([storage().answer(0, bytes(200))])[4:]
    assert asked(serve(saying(framed(whole[:140])))).mechs == ()


def test_silence_costs_its_time(serve: Serve) -> None:
    port = serve(silent)
    for ask in (asked, asked_one):
        with pytest.raises(NoAnswer) as none:
            ask(port, 0.2)
        assert none.value.gap is Gap.TIMED_OUT


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for ask in (asked, asked_one):
        with pytest.raises(NoAnswer) as none:
            ask(port)
        assert none.value.gap is Gap.REFUSED


def test_hanging_up_is_how_a_server_says_that_it_has_no_smb_one(serve: Serve) -> None:
    assert asked_one(serve(saying(b""))) == SmbOneReply(closed=True)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(smb_one_answer(0), SmbOneReply(closed=False, dialect_index=0), id="on"),
        pytest.param(smb_one_answer(0xFFFF), SmbOneReply(closed=False, dialect_index=0xFFFF), id="no-dialect"),
        pytest.param(
            b"\xfeSMB" + bytes(4) + struct.pack("<I", NOT_SUPPORTED) + bytes(60),
            SmbOneReply(closed=False, status=NOT_SUPPORTED),
            id="in-smb-2",
        ),
    ],
)
def test_what_is_said_to_smb_one(serve: Serve, answer: bytes, expected: SmbOneReply) -> None:
    assert asked_one(serve(saying(framed(answer)))) == expected


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad", framed(b"rubbish" * 9), framed(smb_one_answer(0, 0x73)), b"\0"]
)
def test_rubbish_is_no_answer_to_smb_one(serve: Serve, answer: bytes) -> None:
    with pytest.raises(NoAnswer) as none:
        asked_one(serve(saying(answer)))
    assert none.value.gap in (Gap.MALFORMED, Gap.CLOSED)


def test_a_time_beyond_the_calendar_is_none() -> None:
    assert filetime(0) is None
    assert filetime(0xFFFFFFFFFFFFFFFF) is None
    assert filetime(116444736000000000) == datetime(1970, 1, 1, tzinfo=UTC)
