"""What a descriptor grants to a set of SIDs: the access check of MS-DTYP 2.5.3.2 for files and shares, as the most that
would be granted (MAXIMUM_ALLOWED).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from krbcheck.windows.descriptor import Ace, Descriptor

OWNER_RIGHTS = "S-1-3-4"
"""An entry for it replaces the implicit rights of the owner (MS-DTYP 2.4.2.4)."""
READ_CONTROL, WRITE_DAC = 0x00020000, 0x00040000
ALL = 0x001F01FF
"""FILE_ALL_ACCESS (MS-SMB2 2.2.13.1.1)."""
GENERIC = ((0x80000000, 0x00120089), (0x40000000, 0x00120116), (0x20000000, 0x001200A0), (0x10000000, ALL))
"""Generic read, write, execute and all, and what they mean for files (MS-DTYP 2.4.3, MS-FSA 2.1.5.1.2.1)."""
DATA = 0x00000003
"""FILE_READ_DATA and FILE_WRITE_DATA: a share that grants neither is refused at TREE_CONNECT."""


class Granted(NamedTuple):
    """`mask` of file rights, and the entries that gave or took some; `owner` if being the owner gave some.

    `doubtful` rights hang on the conditions of conditional entries: `mask` is without these entries.
    """

    mask: int
    allowed: tuple[Ace, ...] = ()
    denied: tuple[Ace, ...] = ()
    owner: bool = False
    doubtful: int = 0

    @property
    def opens(self) -> bool:
        return bool(self.mask & DATA)


def mapped(mask: int) -> int:
    """File rights alone: generic bits turned into what they mean for files."""
    for generic, means in GENERIC:
        if mask & generic:
            mask |= means
    return mask & ALL


def maximum(found: Descriptor, sids: Collection[str]) -> Granted:
    """Returns the access that the entries grant; they apply in their order, so an earlier one has precedence over a
    later one.

    Whether the condition of a conditional entry is true is not known. An entry for one property alone denies, but
    grants nothing of a file.
    """
    if found.dacl is None:
        return Granted(ALL)
    entries = [ace for ace in found.dacl if not ace.inherit_only]
    owns = found.owner in sids if found.owner else False
    implicit = owns and not any(entry.sid == OWNER_RIGHTS for entry in entries)
    his = [entry for entry in entries if (owns if entry.sid == OWNER_RIGHTS else entry.sid in sids)]
    start = READ_CONTROL | WRITE_DAC if implicit else 0
    least = _in_order([ace for ace in his if not (ace.conditional and ace.allow)], start)
    most = _in_order([ace for ace in his if not ace.conditional or ace.allow], start)
    certain = _in_order([ace for ace in his if not ace.conditional], start)
    return certain._replace(owner=implicit, doubtful=least.mask ^ most.mask)


def _in_order(entries: Sequence[Ace], granted: int) -> Granted:
    denied = 0
    gave: list[Ace] = []
    took: list[Ace] = []
    for entry in entries:
        bits = mapped(entry.mask) & ~granted & ~denied
        if not bits:
            continue
        if not entry.allow:
            denied |= bits
            took.append(entry)
        elif not entry.right:
            granted |= bits
            gave.append(entry)
    return Granted(granted, tuple(gave), tuple(took))
