"""SPNEGO tokens: read as they are written, and any bytes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krbcheck.probes.kerberos import spnego
from krbcheck.windows import der
from tests.support.gaps import NO_ANSWERS


@pytest.mark.parametrize("mech", [spnego.KERBEROS, spnego.MS_KERBEROS, spnego.NTLM, spnego.SPNEGO])
def test_an_oid_is_written_as_it_is_read(mech: str) -> None:
    assert spnego.oid_text(der.inner(spnego.oid(mech), 0x06)) == mech


def test_a_bare_token_has_no_kind() -> None:
    assert spnego.unframed(b"\x6f\x00") == (b"", b"\x6f\x00")
    assert spnego.unframed(spnego.framed(spnego.KERBEROS, b"\x02\x00", b"rest")) == (b"\x02\x00", b"rest")


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda entry: b"\xa1\x3e\x30\x3c" + entry))
def test_hostile_tokens_are_malformed_or_read(data: bytes) -> None:
    for read in (spnego.read_resp, spnego.offered, spnego.unframed):
        with suppress(*NO_ANSWERS):
            read(data)
