"""Calls a probe and returns an observation of what it returns or raises."""

from __future__ import annotations

import time
import traceback
from datetime import UTC, datetime

from krbcheck.asking.ask import Ask, NotAsked, T
from krbcheck.facts.endpoints import server_and_port
from krbcheck.facts.observation import Gap, NoAnswer, Observation, Observed, Unobserved
from krbcheck.windows.malformed import Malformed


def now() -> datetime:
    """Returns the current time in UTC."""
    return datetime.now(UTC)  # noqa: TID251


def silent(ask: Ask[object], gap: Gap, detail: str, seconds: float = 0.0) -> Unobserved:
    """Returns the observation that an `Ask` has no answer, as of now."""
    return Unobserved(gap, detail, ask.asked, now(), ask.vantage, seconds, str(ask.of))


def unasked(question: NotAsked) -> Unobserved:
    """Returns the observation that stands for the answer if there is no query."""
    return Unobserved(question.gap, question.detail, question.asked, now(), question.vantage)


def answered(ask: Ask[T]) -> Observation[T]:
    """Calls the probe in this thread and returns its reply as an observation. Any exception becomes Unobserved, a bug
    with its traceback.
    """
    at, started, of = now(), time.monotonic(), str(ask.of)
    try:
        value = ask.call()
        authenticated = ask.authenticates(value)
    except Malformed as bad:
        gap, detail = Gap.MALFORMED, str(bad)
    except NoAnswer as none:
        gap, detail, of = none.gap, none.detail, _of(ask, none)
    except Exception:  # noqa: BLE001 - the only handler for a bug of a probe, which is reported as such
        gap, detail = Gap.CRASHED, traceback.format_exc(limit=-6)
    else:
        seconds = time.monotonic() - started
        return Observed(value, ask.asked, at, ask.vantage, seconds, of, authenticated)
    return Unobserved(gap, detail, ask.asked, at, ask.vantage, time.monotonic() - started, of)


def _of(ask: Ask[object], none: NoAnswer) -> str:
    """Returns the server of the `Ask` with its name, unless the probe names another server or port."""
    same = server_and_port(none.of) == (ask.of.address, ask.of.port)
    return str(ask.of) if same or not none.of else none.of
