"""What is judged of how a storage speaks: signing, encryption, its interfaces, one server behind its names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from krbcheck.facts.smb import (
    SmbSessions,
)
from krbcheck.facts.smb_features import (
    SmbDialects,
)
from krbcheck.judging.verdict import Finding, Verdict
from tests.support.smb_dialects import REFUSED, SILENT, reply, session, set_up, spoken

T = TypeVar("T")
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH, BOBS = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"
HOST = "alice-hv01$@VMLEVEL.COM"
ENABLED = 1


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(spoken(reply(0x210), reply()), ["fine"], id="required"),
        pytest.param(spoken(REFUSED, reply()), ["fine"], id="required-by-all-that-it-speaks"),
        pytest.param(spoken(reply(mode=ENABLED)), ["smb.signing/not-required"], id="offered"),
        pytest.param(spoken(reply(0x210, ENABLED), reply()), ["smb.signing/not-required"], id="not-by-the-weakest"),
        pytest.param(spoken(reply(mode=0)), ["smb.signing/not-required", "smb.signing/not-offered"], id="not-offered"),
        pytest.param(spoken(REFUSED), ["unknown"], id="smb-1-alone"),
        pytest.param(SILENT, ["unknown"], id="silence"),
    ],
)
def test_signing(lines: Lines, facts: SmbDialects, expected: list[str]) -> None:
    found = lines("smb.signing", facts, SmbSessions((session(set_up()),)))
    assert found == [*(f"{entry} alice {PATH}" for entry in expected), f"unknown bob {BOBS}"]


def test_what_is_encrypted_needs_no_signature(lines: Lines) -> None:
    sealed = SmbSessions((session(set_up(flags=4)),))
    assert lines("smb.signing", spoken(reply(mode=ENABLED)), sealed)[0] == f"fine alice {PATH}"


def test_without_a_session_encryption_may_replace_the_signature(lines: Lines) -> None:
    assert lines("smb.signing", spoken(reply(mode=ENABLED)))[0] == f"unknown alice {PATH}"
    assert lines("smb.signing", spoken(reply()))[0] == f"fine alice {PATH}"


def test_signing_that_is_not_required_names_the_dialects(judged: Judged) -> None:
    found = judged(
        "smb.signing", spoken(reply(0x210, ENABLED), reply(0x302, ENABLED), reply()), SmbSessions((session(set_up()),))
    )[0]
    assert isinstance(found, Finding)
    assert found.values["dialects"] == ("2.1", "3.0.2")
    assert ("vmstore", "Set-SmbServerConfiguration -RequireSecuritySignature $true -Force") in [
        (step.host, step.command) for step in found.remedy
    ]
