"""Replies of TCP ports at the addresses of two tenants, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.ports import PortAnswer, PortReply, PortState

AT = datetime(2026, 1, 1, tzinfo=UTC)


def tried(address: str, state: PortState | None, owner: str = "alice") -> PortAnswer:
    """From alice's place; None is a probe that did not come to an end."""
    seen: Observation[PortReply]
    if state is None:
        seen = Unobserved(Gap.OUT_OF_TIME, "nothing within 1 s", f"TCP 445 of {address}", AT, "alice")
    else:
        seen = Observed(PortReply(state, "so it is"), f"TCP 445 of {address}", AT, "alice")
    return PortAnswer("alice", owner, f"vmstore-{owner}.tintri.com", address, 445, seen)
