"""Reads the binary files of Kerberos: numbers in network order and counted strings, never beyond the end."""

from __future__ import annotations


class BadFile(Exception):
    """The file is not what it should be; the text holds nothing of its content."""


class Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    @property
    def left(self) -> int:
        return len(self.data) - self.at

    def take(self, size: int) -> bytes:
        if not 0 <= size <= self.left:
            raise BadFile("it is truncated")
        self.at += size
        return self.data[self.at - size : self.at]

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def i32(self) -> int:
        return int.from_bytes(self.take(4), "big", signed=True)

    def data16(self) -> bytes:
        return self.take(self.u16())

    def data32(self) -> bytes:
        return self.take(self.u32())

    def text16(self) -> str:
        return self.data16().decode(errors="replace")

    def text32(self) -> str:
        return self.data32().decode(errors="replace")
