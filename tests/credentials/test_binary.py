"""Any bytes as a keytab or a credential cache: entries, or an error of one line."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from krbcheck.credentials import ccache, keytab
from krbcheck.credentials.binary import BadFile


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x05\x02", b"\x05\x03", b"\x05\x04\x00\x00"]))
def test_rubbish_is_refused_and_nothing_else_happens(rubbish: bytes, head: bytes) -> None:
    assert len(refusal(keytab.entries, head + rubbish)) < 100
    assert len(refusal(ccache.tickets, head + rubbish)) < 100


def refusal(read: Callable[[bytes], object], data: bytes) -> str:
    try:
        read(data)
    except BadFile as bad:
        return str(bad)
    return ""
