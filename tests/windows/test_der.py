"""The DER that we write is pyasn1's; what we read never goes past its end, whatever the bytes are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyasn1.codec.der import decoder, encoder
from pyasn1.type import univ

from krbcheck.facts.observation import Gap
from krbcheck.windows import der
from tests.support.gaps import NO_ANSWERS, gap_of

READERS: list[Callable[[bytes], object]] = [
    lambda data: der.inner(data, data[0] if data else 0x30),
    lambda data: der.member(data, 0xA1),
    lambda data: list(der.elements(data)),
    lambda data: der.fields(data)[1],
    lambda data: list(der.items(data, der.SEQUENCE)),
    der.read_integer,
    der.read_unsigned,
    der.read_octets,
    der.read_text,
    der.read_flags,
    der.read_moment,
]


@given(st.integers(-(1 << 63), (1 << 63) - 1))
@example(-128)
@example(-138)
@example(128)
def test_integers_are_as_short_as_der_wants_them(value: int) -> None:
    written = der.integer(value)
    assert decoder.decode(written) == (value, b"")
    assert der.read_integer(written) == value
    assert len(written) == 3 or int.from_bytes(written[2:4], "big") >> 7 not in (0, 0x1FF), "X.690 8.3.2"


@pytest.mark.parametrize("size", [0, 1, 127, 128, 129, 255, 256, 65535, 65536])
def test_every_length_is_read_as_written(size: int) -> None:
    content = bytes(size)
    assert der.octets(content) == encoder.encode(univ.OctetString(content))
    assert der.read_octets(der.octets(content)) == content
    assert der.member(der.boolean(True) + der.octets(content) + der.boolean(False), der.OCTETS) == content


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x30", id="no-length"),
        pytest.param(b"\x30\x80\x00\x00", id="indefinite-length"),
        pytest.param(b"\x30\x82\x01", id="length-cut-off"),
        pytest.param(b"\x30\x05\x02\x01\x00", id="content-cut-off"),
        pytest.param(b"\x30\x84\xff\xff\xff\xff", id="four-gibibytes"),
        pytest.param(b"\x30\x89" + b"\x01" * 9, id="length-of-nine-bytes"),
    ],
)
def test_what_is_no_whole_element_is_malformed(data: bytes) -> None:
    with pytest.raises(NO_ANSWERS) as raised:
        der.inner(data, der.SEQUENCE)
    assert gap_of(raised.value) is Gap.MALFORMED


def test_a_field_that_is_missing_is_malformed() -> None:
    found = der.fields(der.sequence(der.context(0, der.integer(5)), der.context(0, der.integer(6))))
    assert der.read_integer(found[0]) == 5
    with pytest.raises(NO_ANSWERS, match="without its field 4"):
        found[4]


def test_half_a_million_elements_are_walked_once() -> None:
    assert sum(1 for _ in der.elements(b"\x05\x00" * 500_000)) == 500_000


@pytest.mark.parametrize(
    "written",
    [
        "20260703235958",
        "20260703235958.5Z",
        "20261303235958Z",
        "2026070323595Z",
        "20260703235958+0100",
        "２026070323595Z",
    ],
)
def test_what_is_no_moment_is_malformed(written: str) -> None:
    with pytest.raises(NO_ANSWERS, match="where a time belongs"):
        der.read_moment(der.tlv(der.TIME, written.encode()))


def test_moments_and_flags() -> None:
    moment = datetime(2026, 7, 3, 23, 59, 58, tzinfo=UTC)
    assert der.read_moment(der.moment(moment)) == moment
    assert der.read_flags(der.flags(0x40810010)) == 0x40810010
    assert der.read_flags(bytes.fromhex("03020240")) == 0x40000000, "bits that are not written are not set"


def test_text_from_a_server_is_bounded() -> None:
    assert len(der.read_text(der.text("x" * 70_000))) == 2000


def gap(reader: Callable[[bytes], object], data: bytes) -> Gap | None:
    try:
        reader(data)
    except NO_ANSWERS as none:
        return gap_of(none)
    return None


@given(data=st.binary(max_size=80))
def test_any_bytes_are_a_value_or_malformed(data: bytes) -> None:
    assert {gap(reader, data) for reader in READERS} <= {None, Gap.MALFORMED}
