"""Reads the groups of a PAC out of bytes (MS-PAC 2.3 to 2.7, NDR as in MS-RPCE 2.2.6). No network, nothing trusted.

Every length is held against what is there, every count against its array: hostile bytes end in Malformed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from krbcheck.windows import der
from krbcheck.windows.malformed import Malformed

AD_IF_RELEVANT, AD_WIN2K_PAC = 1, 128
LOGON_INFO, CLIENT_INFO = 1, 10
MOST_BUFFERS = 64
MOST_SUBAUTHORITIES = 15
EXTRA_SIDS, RESOURCE_GROUPS = 0x20, 0x200
"""UserFlags (MS-PAC 2.5): which of the two lists counts."""
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class Pac(msgspec.Struct, frozen=True, tag="pac", tag_field="reply"):
    """The client of a ticket as its PAC states it (MS-PAC 2.5): SIDs as text, sorted.

    `groups` are those of the account's domain, the primary one (`primary`) included; `extra` those that the KDC added
    from other sources; `resource` the domain local groups of the domain that issued the ticket. `authtime` is the time
    of the TGT's logon (MS-PAC 2.7), `buffers` the types of PAC_INFO_BUFFER in their order.
    """

    account: str
    name: str
    domain: str
    primary: str
    groups: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    resource: tuple[str, ...] = ()
    authtime: datetime | None = None
    buffers: tuple[int, ...] = ()

    @property
    def sids(self) -> frozenset[str]:
        """Every group that it makes the client a member of."""
        return frozenset((*self.groups, *self.extra, *self.resource))

    def summary(self) -> str:
        return f"{len(self.sids)} groups for {self.name}"


def malformed(what: str) -> Malformed:
    return Malformed(f"the ticket's PAC is not readable: {what}")


def authorization_pac(data: bytes) -> bytes | None:
    """The PAC within an AuthorizationData (RFC 4120 5.2.6, MS-KILE 2.2.5); None where there is none."""
    for kind, content in _authorizations(data):
        if kind == AD_WIN2K_PAC:
            return content
        if kind == AD_IF_RELEVANT:
            for within, value in _authorizations(content):
                if within == AD_WIN2K_PAC:
                    return value
    return None


def _authorizations(data: bytes) -> Iterator[tuple[int, bytes]]:
    for item in der.items(data, der.SEQUENCE):
        entry = der.fields(der.sequence(item))
        yield der.read_integer(entry[0]), der.read_octets(entry[1])


def groups(data: bytes) -> Pac:
    """The PAC's logon information, with the logon's moment where the client's is there too."""
    found = buffers(data)
    logon = next((value for kind, value in found if kind == LOGON_INFO), None)
    if logon is None:
        raise malformed("it holds no logon information")
    client = next((value for kind, value in found if kind == CLIENT_INFO), b"")
    return validation_info(logon, _filetime(client[:8]), tuple(kind for kind, _ in found))


def buffers(data: bytes) -> list[tuple[int, bytes]]:
    """Kind and content of each PAC_INFO_BUFFER (MS-PAC 2.3, 2.4)."""
    if len(data) < 8:
        raise malformed("cut off")
    count, version = struct.unpack_from("<II", data)
    if version or count > MOST_BUFFERS or 8 + 16 * count > len(data):
        raise malformed(f"version {version} with {count} buffers in {len(data)} bytes")
    found = []
    for number in range(count):
        kind, size, start = struct.unpack_from("<IIQ", data, 8 + 16 * number)
        if start + size > len(data):
            raise malformed(f"buffer {kind} lies outside")
        found.append((kind, data[start : start + size]))
    return found


def _filetime(data: bytes) -> datetime | None:
    """A FILETIME in UTC; None where there is none, or none that a calendar holds."""
    if len(data) != 8:
        return None
    try:
        return EPOCH + timedelta(microseconds=int.from_bytes(data, "little") // 10)
    except OverflowError:
        return None


class Ndr:
    """Reads little-endian NDR from the front, every value aligned to its size, counted from the stream's start."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int, align: int = 1) -> bytes:
        start = -(-self.at // align) * align
        if not 0 <= size <= len(self.data) - start:
            raise malformed("cut off")
        self.at = start + size
        return self.data[start : self.at]

    def u16(self) -> int:
        return int.from_bytes(self.take(2, 2), "little")

    def u32(self) -> int:
        return int.from_bytes(self.take(4, 4), "little")

    def counted(self, size: int, stated: int | None = None) -> int:
        """Returns the count of a conformant array whose elements have at least `size` bytes; it must equal `stated`.
        Raises Malformed.
        """
        count = self.u32()
        if (stated is not None and count != stated) or count * size > len(self.data) - self.at:
            raise malformed(f"an array of {count}")
        return count

    def text(self, units: int) -> str:
        """What an RPC_UNICODE_STRING points to: `units` UTF-16 units within a conformant varying array."""
        most, start, actual = self.u32(), self.u32(), self.u32()
        if start or actual > most or actual != units:
            raise malformed(f"a string of {actual} units")
        return self.take(2 * actual).decode("utf-16-le", errors="replace")

    def sid(self) -> str:
        count = self.counted(4)
        revision, again, authority = struct.unpack(">BB6s", self.take(8, 4))
        if revision != 1 or again != count or count > MOST_SUBAUTHORITIES:
            raise malformed(f"a SID of {count} parts")
        parts = struct.unpack(f"<{count}I", self.take(4 * count, 4))
        return "-".join(["S-1", str(int.from_bytes(authority, "big")), *map(str, parts)])

    def rids(self, stated: int) -> list[int]:
        """GROUP_MEMBERSHIPs (MS-PAC 2.2.2) without their attributes."""
        count = self.counted(8, stated)
        return list(struct.unpack(f"<{2 * count}I", self.take(8 * count, 4))[::2])


def validation_info(data: bytes, authtime: datetime | None = None, kinds: tuple[int, ...] = ()) -> Pac:
    """A KERB_VALIDATION_INFO (MS-PAC 2.5) with the headers of type serialization (MS-RPCE 2.2.6.1, 2.2.6.2)."""
    if len(data) < 20 or data[:2] != b"\x01\x10" or data[2:4] != b"\x08\x00":
        raise malformed("the logon information has no header")
    ndr = Ndr(data[16:])
    if not ndr.u32():
        raise malformed("the logon information is empty")
    ndr.take(48)  # six times: of logons and of the password
    strings = [_string_header(ndr) for _ in range(6)]
    ndr.take(4)  # counts of logons
    user, primary, group_count, group_at, flags = (ndr.u32() for _ in range(5))
    ndr.take(16)
    server, domain = _string_header(ndr), _string_header(ndr)
    domain_at = ndr.u32()
    ndr.take(40)
    extra_count, extra_at, resource_at, resource_count, resource_rids_at = (ndr.u32() for _ in range(5))

    texts = [_string(ndr, *string) for string in strings]
    rids = _array(ndr, group_count, group_at)
    _string(ndr, *server)
    netbios = _string(ndr, *domain)
    if not domain_at:
        raise malformed("it names no domain")
    home = ndr.sid()
    extra = _extra(ndr, extra_count, extra_at)
    resource_domain = ndr.sid() if resource_at else ""
    resource = _array(ndr, resource_count, resource_rids_at)
    if resource and not resource_domain:
        raise malformed("groups without their domain")
    return Pac(
        account=f"{home}-{user}",
        name=texts[0],
        domain=netbios,
        primary=f"{home}-{primary}",
        groups=_sorted(f"{home}-{rid}" for rid in (*rids, primary)),
        extra=_sorted(extra) if flags & EXTRA_SIDS else (),
        resource=_sorted(f"{resource_domain}-{rid}" for rid in resource) if flags & RESOURCE_GROUPS else (),
        authtime=authtime,
        buffers=kinds,
    )


def _sorted(sids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(sids)))


def _string_header(ndr: Ndr) -> tuple[int, int]:
    """UTF-16 units and pointer of an RPC_UNICODE_STRING (MS-DTYP 2.3.10)."""
    ndr.take(0, 4)
    size, most, pointer = ndr.u16(), ndr.u16(), ndr.u32()
    if size % 2 or size > most or (size and not pointer):
        raise malformed(f"a string of {size} bytes")
    return size // 2, pointer


def _string(ndr: Ndr, units: int, pointer: int) -> str:
    return ndr.text(units) if pointer else ""


def _array(ndr: Ndr, count: int, pointer: int) -> list[int]:
    if count and not pointer:
        raise malformed("a count without its array")
    return ndr.rids(count) if pointer else []


def _extra(ndr: Ndr, count: int, pointer: int) -> list[str]:
    """KERB_SID_AND_ATTRIBUTES (MS-PAC 2.2.1): first the pointers, then the SIDs in their order."""
    if not pointer:
        if count:
            raise malformed("a count without its array")
        return []
    ndr.counted(8, count)
    pointers = [(ndr.u32(), ndr.u32())[0] for _ in range(count)]
    return [ndr.sid() for number in pointers if number]
