"""Keytabs and credential caches as bytes, and the wallet of a site with a stated secret."""

from __future__ import annotations

import struct

from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.credentials.loading import Surroundings, wallet_of
from krbcheck.credentials.wallet import Wallet
from krbcheck.site.stated import Domain, Principal, SecretSource, Site, Tenant

ALICE = "alice-hv01$@VMLEVEL.COM"


def counted(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def keytab_entry(principal: str, etype: int, kvno: int, key: bytes, *, wide: bool = False) -> bytes:
    name, _, realm = principal.rpartition("@")
    parts = name.split("/")
    body = struct.pack(">H", len(parts)) + counted(realm) + b"".join(counted(part) for part in parts)
    body += struct.pack(">IIB", 1, 1_700_000_000, kvno & 0xFF) + struct.pack(">HH", etype, len(key)) + key
    body += struct.pack(">I", kvno) if wide else b""
    return struct.pack(">i", len(body)) + body


def keytab_file(*entries: bytes) -> bytes:
    return b"\x05\x02" + b"".join(entries)


def long_counted(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def cached_name(principal: str) -> bytes:
    name, _, realm = principal.rpartition("@")
    parts = name.split("/")
    return struct.pack(">II", 1, len(parts)) + b"".join(long_counted(text.encode()) for text in (realm, *parts))


TICKET = bytes.fromhex("611a 3018 a003020105 a1041b02 5658 a2023000 a307 3005a003020112".replace(" ", ""))
"""A Ticket of realm VX, sealed with encryption type 18, without a key version."""


def cache_file(owner: str, *services: str) -> bytes:
    data = b"\x05\x04\x00\x00" + cached_name(owner)
    for service in services:
        data += cached_name(owner) + cached_name(service) + struct.pack(">H", 18) + long_counted(b"K" * 32)
        data += struct.pack(">IIIIBIII", 1_700_000_000, 0, 1_700_036_000, 0, 0, 0x40E10000, 0, 0)
        data += long_counted(TICKET) + long_counted(b"")
    return data


def site(source: SecretSource, domain_secret: SecretSource | None = None) -> Site:
    tenants = (
        Tenant("alice", ("10.0.1.0/24",), principals=(Principal(ALICE, source),)),
        Tenant("bob", ("10.0.2.0/24",), principals=(Principal("bob$@VMLEVEL.COM", source),)),
    )
    return Site("site.yaml", (Domain("vmlevel.com", "reader@VMLEVEL.COM", domain_secret),), (), tenants)


AT_ALICE = ThisHost("host", {"alice": SourceAddress("alice", "10.0.1.9"), "bob": SourceAddress("bob", "", "no leg")})


class Told:
    """Surroundings that write down what was warned of and asked for."""

    def __init__(self, typed: str | None = None, **environ: str) -> None:
        self.warnings: list[str] = []
        self.prompts: list[str] = []
        self.typed = typed
        prompt = self.ask if typed is not None else None
        self.around = Surroundings("site.yaml", environ, prompt, self.warnings.append)

    def ask(self, words: str) -> str:
        self.prompts.append(words)
        if not self.typed:
            raise EOFError
        return self.typed


def opened(stated: Site, reply: Told) -> Wallet:
    return wallet_of(stated, AT_ALICE.tenants(stated), reply.around)


def wallet(source: SecretSource, reply: Told | None = None) -> Wallet:
    return opened(site(source), reply or Told())
