"""Why a storage returned nothing over RPC, in the same words for every check."""

from __future__ import annotations

import pytest

from krbcheck.facts.smb import RightsReply
from krbcheck.views.rejected_readers import rejected


@pytest.mark.parametrize(
    ("refused", "status", "says"),
    [
        (
            "TREE_CONNECT IPC$",
            0xC0000022,
            "nas rejects queries of the reader of its domain: TREE_CONNECT IPC$: STATUS_ACCESS_DENIED (0xC0000022)",
        ),
        ("pipe lsarpc", 0xC0000034, "nas does not serve the RPC interfaces that this needs"),
        ("pipe srvsvc", 0xC0000236, "nas does not serve the RPC interfaces that this needs"),
    ],
)
def test_the_reason_names_the_step_where_it_differs(refused: str, status: int, says: str) -> None:
    assert rejected("nas", RightsReply(refused, status)) == says
