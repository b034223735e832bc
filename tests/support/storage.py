"""A storage on loopback that speaks as much SMB 2.1 as a test needs, with the acceptor's half of Kerberos."""

from __future__ import annotations

import hashlib
import hmac
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFHMAC, CounterLocation, Mode
from impacket.krb5 import asn1, crypto
from pyasn1.codec.der import decoder, encoder
from pyasn1.type.univ import noValue

from krbcheck.credentials.wallet import Secret, Ticket
from krbcheck.probes.kerberos import spnego
from krbcheck.probes.kerberos.keys import seal
from krbcheck.windows import der

Behaviour = Callable[[socket.socket], None]
SESSION_KEY = bytes(range(32))
SUBKEY = bytes(range(32, 64))
OWN_DIALECT = 0x0210
SESSION = 0x1122
AES256 = 18
ACCESS_DENIED, BAD_NETWORK_NAME, MORE_PROCESSING = 0xC0000022, 0xC00000CC, 0xC0000016
VALIDATE = struct.pack("<I", 0x140204)
IPC_TREE = 0x7777
MECHS = (spnego.MS_KERBEROS, spnego.KERBEROS, spnego.NTLM)


@contextmanager
def listening(behaviour: Behaviour) -> Iterator[int]:
    """The port of a server that treats one connection after another as `behaviour` does."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                channel, _ = server.accept()
                with channel, suppress(OSError, EOFError):
                    if ended.is_set():
                        return
                    behaviour(channel)

        ended = threading.Event()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port: int = server.getsockname()[1]
        yield port
        ended.set()
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            pass
        thread.join(5)


@pytest.fixture
def serve() -> Iterator[Callable[[Behaviour], int]]:
    with ExitStack() as servers:
        yield lambda behaviour: servers.enter_context(listening(behaviour))


def frame(channel: socket.socket) -> bytes:
    """One message; EOFError when the client has gone."""
    wanted, data = 4, b""
    while len(data) < wanted:
        part = channel.recv(wanted - len(data))
        if not part:
            raise EOFError
        data += part
        if wanted == 4 and len(data) == 4:
            wanted += int.from_bytes(data, "big")
    return data[4:]


def derived(label: bytes, context: bytes) -> bytes:
    """MS-SMB2 3.1.4.2 for SMB 3.0."""
    position = CounterLocation.BeforeFixed
    return KBKDFHMAC(SHA256(), Mode.CounterMode, 16, 4, 4, position, label, context, None).derive(SUBKEY[:16])


def hint() -> bytes:
    """A NegTokenInit2 (MS-SPNG 2.2.1)."""
    mechs = der.sequence(*(spnego.oid(mech) for mech in MECHS))
    return der.application(0, spnego.oid(spnego.SPNEGO), der.context(0, der.sequence(der.context(0, mechs))))


@dataclass
class Storage:
    """`shares` maps a name, or a UNC path of one server name, to the NTSTATUS of a TREE_CONNECT, the MaximalAccess, and
    that of the root (None: denied).

    With `seals` it speaks SMB 3.0 and encrypts what follows the session; `sealed` counts what came so.
    With `checks_root` a root opens for no more than its MaximalAccess grants.
    `credits` are granted with each answer; `after` so many of its kind were answered `resets_at` sets in. `pending`
    goes before each answer to a TREE_CONNECT; `forges_at` spoils a signature, `unsigned_at` leaves it out.
    `silent_at` is the command that is never answered, `resets_at` the one that ends the connection. `ipc` if it has an
    IPC$ without being given one. `validation` is the NTSTATUS of FSCTL_VALIDATE_NEGOTIATE_INFO, `confirms` what it
    confirms in place of what it negotiated; `received` is the NEGOTIATE that it received, as the control code has it.
    """

    shares: Mapping[str, tuple[int, int, int | None]] = field(default_factory=dict)
    setup: int = 0
    flags: int = 0
    krb_error: int | None = None
    wants_ntlm: bool = False
    accepts_ntlm: bool = False
    wrong_key: bool = False
    seals: bool = False
    sealed: int = 0
    silent_at: int | None = None
    resets_at: int | None = None
    system_time: datetime | None = datetime(2026, 11, 22, 12, tzinfo=UTC)
    negotiate: int = 0
    capabilities: int = 0x7
    commands: list[int] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    unsigned: list[int] = field(default_factory=list)
    desired: list[int] = field(default_factory=list)
    checks_root: bool = False
    after: int = 0
    credits: int = 32
    pending: bool = False
    forges_at: int | None = None
    unsigned_at: int | None = None
    closed_files: list[bytes] = field(default_factory=list)
    ipc: bool = True
    validation: int = 0
    confirms: bytes = b""
    received: bytes = b""
    negotiated: bytes = b""
    security_modes: list[int] = field(default_factory=list)
    key: bytes = b""

    def __call__(self, channel: socket.socket) -> None:
        self.key = b""  # of this connection's session
        while True:
            message, answers = self.opened(frame(channel)), []
            while message:
                following = struct.unpack_from("<I", message, 20)[0] or len(message)
                part, message = message[:following], message[following:]
                command = struct.unpack_from("<H", part, 12)[0]
                self.commands.append(command)
                if command == self.silent_at:
                    while channel.recv(4096):
                        pass
                    return
                if command == self.resets_at and self.commands.count(command) > self.after:
                    channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                if command == 3 and self.pending:
                    channel.sendall(self.closed(self.packed([self.interim(part)])))
                answers.append(self.answer(command, part))
            channel.sendall(self.closed(self.packed(answers)))

    def opened(self, message: bytes) -> bytes:
        """What a transform header seals (MS-SMB2 2.2.41)."""
        if message[:4] != b"\xfdSMB":
            return message
        self.sealed += 1
        key = derived(b"SMB2AESCCM\0", b"ServerIn \0")
        return AESCCM(key).decrypt(message[20:31], message[52:] + message[4:20], message[20:52])

    def closed(self, framed: bytes) -> bytes:
        if not self.sealed:
            return framed
        plain, key = framed[4:], derived(b"SMB2AESCCM\0", b"ServerOut\0")
        header = b"N" * 11 + bytes(5) + struct.pack("<IHHQ", len(plain), 0, 1, SESSION)
        secret = AESCCM(key).encrypt(header[:11], plain, header)
        whole = b"\xfdSMB" + secret[-16:] + header + secret[:-16]
        return len(whole).to_bytes(4, "big") + whole

    def signature(self, part: bytes) -> bytes:
        if not self.seals:
            return hmac.new(self.key, part, hashlib.sha256).digest()[:16]
        made = CMAC(AES(derived(b"SMB2AESCMAC\0", b"SmbSign\0")))
        made.update(part)
        return made.finalize()

    def packed(self, answers: list[tuple[bytes, bytes]]) -> bytes:
        """The answers as one message, each signed if there is a key."""
        whole = b""
        for position, (header, body) in enumerate(answers):
            last = position == len(answers) - 1
            padding = b"" if last else bytes(-(64 + len(body)) % 8)
            following = 0 if last else 64 + len(body) + len(padding)
            part = header[:20] + struct.pack("<I", following) + header[24:48] + bytes(16) + body + padding
            if self.key and header[16] & 8:
                forged = header[12] == self.forges_at
                part = part[:48] + (b"forged signature" if forged else self.signature(part)) + part[64:]
            whole += part
        return len(whole).to_bytes(4, "big") + whole

    def answer(self, command: int, part: bytes) -> tuple[bytes, bytes]:
        number, flags = struct.unpack_from("<Q", part, 24)[0], struct.unpack_from("<I", part, 16)[0]
        if command > 1 and not flags & 8:
            self.unsigned.append(command)
        validates = command == 11 and part[68:72] == VALIDATE
        status, body, tree = self.validated(part) if validates else getattr(self, f"command_{command}")(part)
        signed = 8 if self.key and (command > 1 or status == 0) and command != self.unsigned_at else 0
        header = b"\xfeSMB" + struct.pack(
            "<HHIHHIIQIIQ",
            64,
            1,
            status,
            command,
            self.credits,
            1 | signed,
            0,
            number,
            0,
            tree,
            SESSION if command else 0,
        )
        return header, body if status in (0, MORE_PROCESSING) or body else struct.pack("<HHIB", 9, 0, 0, 0)

    def interim(self, part: bytes) -> tuple[bytes, bytes]:
        """STATUS_PENDING with an AsyncId (MS-SMB2 3.3.4.2); it is not signed, and grants the credit."""
        number = struct.unpack_from("<Q", part, 24)[0]
        head = b"\xfeSMB" + struct.pack("<HHIHHIIQQQ", 64, 1, 0x103, 3, 1, 3, 0, number, 77, SESSION)
        return head, struct.pack("<HHIB", 9, 0, 0, 0)

    def command_0(self, part: bytes) -> tuple[int, bytes, int]:
        if self.negotiate:
            return self.negotiate, b"", 0
        token, moment = hint(), 0
        if self.system_time:
            moment = (self.system_time - datetime(1601, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 10
        dialect, capabilities = (0x0300, self.capabilities | 0x40) if self.seals else (OWN_DIALECT, self.capabilities)
        count, mode, _, ours, guid = struct.unpack_from("<HHHI16s", part, 66)
        self.received = struct.pack("<I16sHH", ours, guid, mode, count) + part[100 : 100 + 2 * count]
        self.negotiated = struct.pack("<I16sHH", capabilities, b"G" * 16, 1, dialect)
        body = struct.pack("<HHHH16sIIIIQQHHI", 65, 1, dialect, 0, b"G" * 16, capabilities, *([1 << 20] * 3),
                           moment, 0, 128, len(token), 0)  # fmt: skip
        return 0, body + token, 0

    def validated(self, part: bytes) -> tuple[int, bytes, int]:
        """MS-SMB2 3.3.5.15.12: who sends another request than the NEGOTIATE that came is hung up on."""
        start, size = struct.unpack_from("<II", part, 64 + 24)
        if part[start : start + size] != self.received:
            raise EOFError
        reply = self.confirms or self.negotiated
        head = struct.pack("<HHI16sIIIIII", 49, 0, 0x140204, b"\xff" * 16, 112, 0, 112, len(reply), 0, 0)
        return self.validation, b"" if self.validation else head + reply, struct.unpack_from("<I", part, 36)[0]

    def command_1(self, part: bytes) -> tuple[int, bytes, int]:
        self.security_modes.append(part[64 + 3])
        start, size = struct.unpack_from("<HH", part, 64 + 12)
        status, token = self.step(part[start : start + size])
        if status not in (0, MORE_PROCESSING):
            return status, b"", 0
        return (
            status,
            struct.pack("<HHHH", 9, (self.flags | 4 * self.seals) if status == 0 else 0, 72, len(token)) + token,
            0,
        )

    def step(self, token: bytes) -> tuple[int, bytes]:
        if token[:1] == b"\xa1":
            said = spnego.read_resp(token).token
            size, _, start = struct.unpack_from("<HHI", said, 36)
            self.users.append(said[start : start + size].decode("utf-16-le"))
            return (0 if self.accepts_ntlm else 0xC000006D), resp(0, spnego.NTLM, b"")
        if self.wants_ntlm or spnego.oid(spnego.NTLM) in token:
            challenge = b"NTLMSSP\x00" + struct.pack("<I", 2) + bytes(28) + struct.pack("<HHI", 4, 4, 48) + bytes(4)
            return MORE_PROCESSING, resp(1, spnego.NTLM, challenge)
        if self.krb_error is not None:
            return MORE_PROCESSING, resp(1, spnego.KERBEROS, framed_error(self.krb_error))
        if self.setup:
            return self.setup, b""
        reply, user = accept(token)
        self.users.append(user)
        self.key = b"" if self.flags & 3 else (b"another" if self.wrong_key else SUBKEY)[:16]
        return 0, resp(0, spnego.KERBEROS, reply)

    def command_2(self, part: bytes) -> tuple[int, bytes, int]:
        return 0, struct.pack("<HH", 4, 0), 0

    def command_3(self, part: bytes) -> tuple[int, bytes, int]:
        start, size = struct.unpack_from("<HH", part, 64 + 4)
        unc = part[start : start + size].decode("utf-16-le")
        self.paths.append(unc)
        name = unc if unc in self.shares else unc.rpartition("\\")[2]
        if self.ipc and name == "IPC$" and name not in self.shares:
            return 0, struct.pack("<HBBIII", 16, 2, 0, 0x800, 0, 0x1F00A9), IPC_TREE
        status, access, _ = self.shares.get(name, (BAD_NETWORK_NAME, 0, 0))
        tree = list(self.shares).index(name) + 1 if name in self.shares else 0
        return status, struct.pack("<HBBIII", 16, 1, 0, 0x800, 0x10, access) if status == 0 else b"", tree

    def command_5(self, part: bytes) -> tuple[int, bytes, int]:
        tree = struct.unpack_from("<I", part, 36)[0]
        access = list(self.shares.values())[tree - 1][2]
        self.desired.append(struct.unpack_from("<I", part, 64 + 24)[0])
        if access is None or (self.checks_root and self.desired[-1] & ~access):
            return ACCESS_DENIED, b"", tree
        context = struct.pack("<IHHHHI", 0, 16, 4, 0, 24, 8) + b"MxAc" + bytes(4) + struct.pack("<II", 0, access)
        body = struct.pack("<HBBI32sQQII16sII", 89, 0, 0, 1, b"", 0, 0, 0x10, 0, b"F" * 16, 152, len(context))
        return 0, body + context, tree

    def command_6(self, part: bytes) -> tuple[int, bytes, int]:
        self.closed_files.append(part[64 + 8 : 64 + 24])
        return 0, struct.pack("<HHI52s", 60, 0, 0, b""), struct.unpack_from("<I", part, 36)[0]


def resp(state: int, mech: str, token: bytes) -> bytes:
    inner = [der.context(0, der.tlv(0x0A, bytes((state,)))), der.context(1, spnego.oid(mech))]
    return der.context(1, der.sequence(*inner, der.context(2, der.octets(token)) if token else b""))


def framed_error(code: int) -> bytes:
    error = asn1.KRB_ERROR()
    error["pvno"], error["msg-type"], error["error-code"] = 5, 30, code
    error["stime"], error["susec"], error["realm"] = "20261122120000Z", 0, "TINTRI.COM"
    error["sname"] = noValue
    error["sname"]["name-type"], error["sname"]["name-string"][0] = 1, "cifs"
    return spnego.framed(spnego.KERBEROS, b"\x03\x00", encoder.encode(error))


def accept(token: bytes) -> tuple[bytes, str]:
    """The acceptor's half (RFC 4121 4.1): an AP-REP with a subkey, and who asks."""
    init = der.inner(der.member(der.inner(token, 0x60), 0xA0), der.SEQUENCE)
    kind, message = spnego.unframed(der.inner(der.member(init, 0xA2), 0x04))
    assert kind == b"\x01\x00"
    request = decoder.decode(message, asn1Spec=asn1.AP_REQ())[0]
    key = crypto.Key(AES256, SESSION_KEY)
    plain = crypto.decrypt(key, 11, bytes(request["authenticator"]["cipher"]))
    said = decoder.decode(plain, asn1Spec=asn1.Authenticator())[0]
    assert int(said["cksum"]["cksumtype"]) == 0x8003
    part = asn1.EncAPRepPart()
    part["ctime"], part["cusec"], part["seq-number"] = str(said["ctime"]), int(said["cusec"]), 7
    part["subkey"] = noValue
    part["subkey"]["keytype"], part["subkey"]["keyvalue"] = AES256, SUBKEY
    reply = asn1.AP_REP()
    reply["pvno"], reply["msg-type"] = 5, 15
    reply["enc-part"] = noValue
    reply["enc-part"]["etype"], reply["enc-part"]["cipher"] = AES256, seal(key, 12, encoder.encode(part))
    framed = spnego.framed(spnego.KERBEROS, b"\x02\x00", encoder.encode(reply))
    return framed, "/".join(str(entry) for entry in said["cname"]["name-string"]) + f"@{said['crealm']}"


@pytest.fixture
def storage() -> type[Storage]:
    return Storage


@pytest.fixture
def ticket() -> Ticket:
    """Of alice-hv01$ for her data path; only the session key is anything, since no key of a storage opens it here."""
    made = asn1.Ticket()
    made["tkt-vno"], made["realm"] = 5, "TINTRI.COM"
    made["sname"] = noValue
    made["sname"]["name-type"] = 2
    made["sname"]["name-string"][0], made["sname"]["name-string"][1] = "cifs", "vmstore-alice.tintri.com"
    made["enc-part"] = noValue
    made["enc-part"]["etype"], made["enc-part"]["cipher"] = AES256, b"sealed"
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    return Ticket(
        client="alice-hv01$@VMLEVEL.COM",
        service="cifs/vmstore-alice.tintri.com",
        realm="TINTRI.COM",
        der=Secret(encoder.encode(made)),
        session_key=Secret(SESSION_KEY),
        etype=AES256,
        session_etype=AES256,
        kvno=1,
        flags=0,
        authtime=now,
        starttime=now,
        endtime=now + timedelta(hours=10),
        client_realm="VMLEVEL.COM",
    )


@pytest.fixture(name="accept")
def acceptor() -> Callable[[bytes], tuple[bytes, str]]:
    return accept


@pytest.fixture
def krb_error() -> Callable[[int], bytes]:
    return framed_error


@pytest.fixture
def subkey() -> bytes:
    return SUBKEY
