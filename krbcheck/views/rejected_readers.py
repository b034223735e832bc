"""Why nothing of a storage is known that its domain's reader queries over RPC: the same for every check."""

from __future__ import annotations


def rejected(storage: str, found: str) -> str:
    """The reason; `found` is the step that the storage rejected, with its status."""
    return f"{storage} answers no RPC query of the reader of its domain: {found}"
