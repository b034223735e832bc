"""A KDC on loopback, and what impacket (another's encoder, decoder and checksums) makes of our requests."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from impacket.krb5 import asn1, crypto
from pyasn1.codec.der import decoder, encoder

from krbcheck.probes.kerberos.keys import seal, string_to_key
from krbcheck.windows import der

Answering = Callable[[bytes], bytes | None]
Serve = Callable[[Answering], int]


@contextlib.contextmanager
def tcp_server(answer: Answering) -> Iterator[int]:
    """One message a connection, as MIT's KDC has it. `answer` gets it and returns all that is sent back; None is
    silence until the end.
    """
    over = threading.Event()

    def serve(channel: socket.socket) -> None:
        with channel, contextlib.suppress(OSError):
            size = int.from_bytes(channel.recv(4, socket.MSG_WAITALL), "big")
            if (said := answer(channel.recv(size, socket.MSG_WAITALL))) is None:
                over.wait(30)
            else:
                channel.sendall(said)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                channel, _ = server.accept()
                threading.Thread(target=serve, args=(channel,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        over.set()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a TCP server that answers with exactly these bytes; its port."""
    with contextlib.ExitStack() as running:
        yield lambda answer: running.enter_context(tcp_server(answer))


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(4, "big") + message


def read(message: bytes, spec: Any) -> Any:
    value, rest = decoder.decode(message, asn1Spec=spec)
    assert not rest
    return value


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%SZ")


@dataclass
class Account:
    """The keys by encryption type, as the KDC prefers them."""

    salt: str
    keys: dict[int, bytes]
    preauth: bool = True


@dataclass
class LoopbackKdc:
    """As much of a KDC as shows whether a request is right. It keeps every request, decoded."""

    realm: str
    accounts: dict[str, Account] = field(default_factory=dict)
    services: dict[str, bytes] = field(default_factory=dict)
    referrals: dict[str, str] = field(default_factory=dict)
    krbtgt: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    requests: list[Any] = field(default_factory=list)
    authtime: str = ""  # of the ticket-granting ticket, which a TGS-REP copies (RFC 4120 3.3.3)

    def answer(self, message: bytes) -> bytes:
        return framed(self.as_exchange(message) if message[0] == 0x6A else self.tgs_exchange(message))

    def as_exchange(self, message: bytes) -> bytes:
        request = read(message, asn1.AS_REQ())
        self.requests.append(request)
        name = "/".join(str(entry) for entry in request["req-body"]["cname"]["name-string"])
        account = self.accounts.get(name)
        if account is None:
            return self.error(6)
        wanted = [int(entry) for entry in request["req-body"]["etype"]]
        etypes = [number for number in account.keys if number in wanted]
        if not etypes:
            return self.error(14)
        proofs = {int(entry["padata-type"]): bytes(entry["padata-value"]) for entry in request["padata"]}
        if account.preauth and 2 not in proofs:
            return self.error(25, e_data=self.etype_info2(account))
        key = crypto.Key(etypes[0], account.keys[etypes[0]])
        if account.preauth:
            sealed = read(proofs[2], asn1.EncryptedData())
            key = crypto.Key(int(sealed["etype"]), account.keys[int(sealed["etype"])])
            try:
                read(crypto.decrypt(key, 1, bytes(sealed["cipher"])), asn1.PA_ENC_TS_ENC())
            except crypto.InvalidChecksum:
                return self.error(24)
        return self.reply(request, 11, key, 3, name, f"krbtgt/{self.realm}", self.krbtgt)

    def tgs_exchange(self, message: bytes) -> bytes:
        request = read(message, asn1.TGS_REQ())
        self.requests.append(request)
        proof = read(bytes(request["padata"][0]["padata-value"]), asn1.AP_REQ())
        ticket = read(
            crypto.decrypt(crypto.Key(18, self.krbtgt), 2, bytes(proof["ticket"]["enc-part"]["cipher"])),
            asn1.EncTicketPart(),
        )
        session = crypto.Key(int(ticket["key"]["keytype"]), bytes(ticket["key"]["keyvalue"]))
        self.authtime = str(ticket["authtime"])
        shown = crypto.decrypt(session, 7, bytes(proof["authenticator"]["cipher"]))
        authenticator = read(shown, asn1.Authenticator())
        body = der.fields(der.inner(message, 0x6C))[4]
        kind, check = int(authenticator["cksum"]["cksumtype"]), bytes(authenticator["cksum"]["checksum"])
        crypto.verify_checksum(kind, session, 6, body, check)
        service = "/".join(str(entry) for entry in request["req-body"]["sname"]["name-string"])
        client = "/".join(str(entry) for entry in ticket["cname"]["name-string"])
        if service == f"krbtgt/{self.realm}":
            return self.reply(request, 13, session, 8, client, service, self.krbtgt)
        if service in self.services:
            return self.reply(request, 13, session, 8, client, service, self.services[service])
        if service in self.referrals:
            return self.reply(request, 13, session, 8, client, f"krbtgt/{self.referrals[service]}", bytes(32))
        return self.error(7, service)

    def reply(
        self, request: Any, kind: int, key: Any, usage: int, client: str, service: str, service_key: bytes
    ) -> bytes:
        """The ticket is opened by `service_key` (AES256), what tells of it by `key`."""
        now, session = datetime.now(UTC), secrets.token_bytes(32)
        self.authtime = self.authtime if kind == 13 else stamp(now)
        times = {"authtime": self.authtime, "starttime": stamp(now), "endtime": stamp(now + timedelta(hours=10))}
        reply = asn1.EncTicketPart()
        reply["flags"] = f"{0x40E10000:032b}"
        self.write_key(reply["key"], session)
        reply["crealm"] = self.realm
        self.write_name(reply["cname"], client)
        reply["transited"]["tr-type"], reply["transited"]["contents"] = 0, b""
        part = asn1.EncASRepPart() if kind == 11 else asn1.EncTGSRepPart()
        self.write_key(part["key"], session)
        part["last-req"].setComponentByPosition(0)
        part["last-req"][0]["lr-type"], part["last-req"][0]["lr-value"] = 0, stamp(now)
        part["nonce"] = int(request["req-body"]["nonce"])
        part["flags"] = f"{0x40E10000:032b}"
        for name, value in times.items():
            reply[name] = part[name] = value
        part["srealm"] = self.realm
        self.write_name(part["sname"], service)
        found = asn1.AS_REP() if kind == 11 else asn1.TGS_REP()
        found["pvno"], found["msg-type"], found["crealm"] = 5, kind, self.realm
        self.write_name(found["cname"], client)
        ticket = found["ticket"]
        ticket["tkt-vno"], ticket["realm"] = 5, self.realm
        self.write_name(ticket["sname"], service)
        self.write_sealed(ticket["enc-part"], crypto.Key(18, service_key), 2, encoder.encode(reply), kvno=3)
        self.write_sealed(found["enc-part"], key, usage, encoder.encode(part))
        return bytes(encoder.encode(found))

    def error(self, code: int, service: str = "", e_data: bytes = b"") -> bytes:
        said = asn1.KRB_ERROR()
        said["pvno"], said["msg-type"], said["error-code"] = 5, 30, code
        said["stime"], said["susec"], said["realm"] = stamp(datetime.now(UTC)), 7, self.realm
        self.write_name(said["sname"], service or f"krbtgt/{self.realm}")
        if e_data:
            said["e-data"] = e_data
        return bytes(encoder.encode(said))

    def etype_info2(self, account: Account) -> bytes:
        infos, data = asn1.ETYPE_INFO2(), asn1.METHOD_DATA()
        for position, etype in enumerate(account.keys):
            infos.setComponentByPosition(position)
            infos[position]["etype"], infos[position]["salt"] = etype, account.salt
        data.setComponentByPosition(0)
        data[0]["padata-type"], data[0]["padata-value"] = 19, encoder.encode(infos)
        return bytes(encoder.encode(data))

    def write_name(self, into: Any, text: str) -> None:
        into["name-type"] = 2 if "/" in text else 1
        for position, part in enumerate(text.split("/")):
            into["name-string"].setComponentByPosition(position, part)

    def write_key(self, into: Any, contents: bytes) -> None:
        into["keytype"], into["keyvalue"] = 18, contents

    def write_sealed(self, into: Any, key: Any, usage: int, plain: bytes, kvno: int | None = None) -> None:
        into["etype"], into["cipher"] = key.enctype, seal(key, usage, plain)
        if kvno is not None:
            into["kvno"] = kvno


@pytest.fixture
def kdc() -> LoopbackKdc:
    """The KDC of VMLEVEL.COM: one host, one service, one name that leads to another realm."""
    salt = "VMLEVEL.COMhostalice-hv01.vmlevel.com"
    account = Account(salt, {18: string_to_key(18, b"S3cret", salt.encode()).reveal()})
    return LoopbackKdc(
        "VMLEVEL.COM",
        {"alice-hv01$": account},
        {"cifs/fs.vmlevel.com": secrets.token_bytes(32)},
        {"cifs/vmstore-alice.tintri.com": "TINTRI.COM"},
    )
