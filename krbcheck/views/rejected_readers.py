"""Why nothing of a storage is known that is queried over RPC: the same for every check."""

from __future__ import annotations

from typing import Protocol

NO_INTERFACE = frozenset((0xC0000034, 0xC0000236))
"""STATUS_OBJECT_NAME_NOT_FOUND and STATUS_CONNECTION_REFUSED (MS-ERREF 2.3.1) for a pipe: it does not exist."""
LACKS = "does not serve the RPC interfaces that this needs"


class Refused(Protocol):
    """A reply over RPC that ended at a step, with the `status` of the storage."""

    @property
    def status(self) -> int: ...

    def summary(self) -> str: ...


def rejected(storage: str, reply: Refused) -> str:
    """The reason; `reply` is that of a step that the storage rejected."""
    if reply.status in NO_INTERFACE:
        return no_interface(storage)
    return f"{storage} rejects queries of the reader of its domain: {reply.summary()}"


def no_interface(storage: str) -> str:
    return f"{storage} {LACKS}"
