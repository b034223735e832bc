"""What somebody on the path, or another server, makes of a sealed LDAP answer: for `LdapReplay.damage`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from impacket.krb5 import crypto

from krbcheck.facts.observation import Gap
from tests.support.captures import CONFOUNDER, capture, replayed
from tests.support.gaps import NO_ANSWERS, gap_of
from tests.support.ldap_captured import ACCEPTOR_SEAL, BY_ACCEPTOR, SEALED, WITH_ACCEPTOR_KEY, WRAP_HEADER, opened
from tests.support.ldap_replay import AES256, SHA1_AES256, LdapReplay, Spoil

Serve = Callable[[Callable[..., None]], int]


def resealed(token: bytes, plain: bytes, key: Any) -> bytes:
    head = token[:WRAP_HEADER]
    return head + bytes(crypto.encrypt(key, ACCEPTOR_SEAL, plain + head, CONFOUNDER))


def by_another_key(peer: LdapReplay, token: bytes) -> bytes:
    return resealed(token, opened(token, peer.key, ACCEPTOR_SEAL), crypto.Key(AES256, bytes(32)))


def changed(_: LdapReplay, token: bytes) -> bytes:
    return token[:-1] + bytes((token[-1] ^ 1,))


def in_clear_text(peer: LdapReplay, token: bytes) -> bytes:
    return opened(token, peer.key, ACCEPTOR_SEAL)


def signed_only(peer: LdapReplay, token: bytes) -> bytes:
    """By the server, with its key."""
    data = opened(token, peer.key, ACCEPTOR_SEAL)
    head = token[:2] + bytes((BY_ACCEPTOR | WITH_ACCEPTOR_KEY, 0xFF)) + bytes(4) + token[8:WRAP_HEADER]
    check = bytes(crypto.make_checksum(SHA1_AES256, peer.key, ACCEPTOR_SEAL, data + head))
    return head[:4] + len(check).to_bytes(2, "big") + head[6:] + data + check


def earlier(peer: LdapReplay, token: bytes) -> bytes:
    """An answer that was sent before, as it was."""
    return peer.before or token[:8] + bytes(8) + token[16:]


def of_the_client(_: LdapReplay, token: bytes) -> bytes:
    """Without the flag that the acceptor sent it."""
    return token[:2] + bytes((SEALED | WITH_ACCEPTOR_KEY,)) + token[3:]


def cut(_: LdapReplay, token: bytes) -> bytes:
    return token[:24]


FAULTS: Mapping[str, Spoil] = {
    "sealed-by-another-key": by_another_key,
    "changed-cipher": changed,
    "in-clear-text": in_clear_text,
    "signed-only": signed_only,
    "earlier-answer": earlier,
    "of-the-client": of_the_client,
    "cut": cut,
}


def whole(serve: Serve, name: str) -> Any:
    """What the probe returns from Samba's answers, which must be what it returned in the lab."""
    peer = LdapReplay(name)
    found = replayed(name, serve(peer))
    assert (peer.unexpected, peer.unasked) == ([], [])
    assert found == capture(name).returned
    return found


def nothing_is_believed(serve: Serve, name: str, searches: int) -> None:
    """Each damage of the answer to each search ends the probe without a result."""
    for at in range(searches):
        for fault, damage in FAULTS.items():
            peer = replace(LdapReplay(name), at=at, damage=damage, unexpected=[])
            with pytest.raises(NO_ANSWERS) as none:
                replayed(name, serve(peer))
            assert gap_of(none.value) is Gap.MALFORMED, (at, fault, none.value)
            assert peer.searches >= at
