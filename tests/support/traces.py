"""Traces made by hand: a KDC that issues no ticket, with text that a KDC can have a hand in."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.report.trace import Came, Outcome, Step, Trace, TracedAttempt, TracedKdc, Why
from krbcheck.windows.remedy import changes

AT = datetime(2026, 1, 1, tzinfo=UTC)
REFUSED = "KDC_ERR_S_PRINCIPAL_UNKNOWN (7)"
FIX = "setspn -S cifs/v.t.com V$"


def step(came: Came, says: str) -> Step:
    return Step("VM.COM", "dc1.vm.com", "cifs/v.t.com", "", came, says, 0.01)


def trace(says: str = "the SPN is missing", answer: str = REFUSED, outcome: Outcome = Outcome.NO_TICKET) -> Trace:
    attempt = TracedAttempt(Why.OWN, "", False, False, (step(Came.ERROR, answer),))
    kdc = TracedKdc("dc1.vm.com", "10.0.0.1", step(Came.TICKET, "ticket krbtgt/VM.COM"), (attempt,))
    return Trace(
        site="cloud.yaml", principal="a1@VM.COM", service="cifs/v.t.com", vantage="alice", source="10.0.0.9",
        started=AT, seconds=0.4, outcome=outcome, code="spn.exists/missing", breaks=says, remedy=(changes(FIX),),
        kdcs=(kdc,),
    )  # fmt: skip
