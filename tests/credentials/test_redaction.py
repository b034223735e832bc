"""The text of a crash holds no secret of the wallet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from krbcheck.credentials.redaction import redacted, redacted_facts
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.facts.ports import PortAnswer, PortAnswers, PortReply, PortState
from krbcheck.site.stated import SecretKind, SecretSource
from tests.support.credential_files import Told, keytab_entry, keytab_file, opened, site

ALICE = "alice-hv01$@VMLEVEL.COM"
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_a_crash_is_told_without_the_secrets_of_the_wallet(tmp_path: Path) -> None:
    path = tmp_path / "keytab"
    key = bytes(range(200, 232))
    path.write_bytes(keytab_file(keytab_entry(ALICE, 18, 1, key)))
    both = site(SecretSource(SecretKind.KEYTAB, str(path)), SecretSource(SecretKind.ENV, "READER"))
    held = opened(both, Told(READER="hunter2hunter2"))
    crash = f"ValueError: {key!r} {key.hex()} hunter2hunter2 aHVudGVyMmh1bnRlcjI= at line 3"
    assert redacted(crash, held) == "ValueError: b'***' *** *** ***= at line 3"


def test_a_crash_beside_replies_keeps_no_secret_and_the_replies_stay() -> None:
    """A family mixes replies, a timeout and a crash: only what the crash quotes is not our own text."""
    held = opened(site(SecretSource(SecretKind.ENV, "READER")), Told(READER="hunter2hunter2"))
    replied = Observed(PortReply(PortState.OPEN), "TCP connect", AT, "alice")
    silent = Unobserved(Gap.TIMED_OUT, "no answer in 2 s", "TCP connect", AT, "alice")
    crashed = Unobserved(Gap.CRASHED, "KeyError: 'hunter2hunter2'", "TCP connect", AT, "alice")
    before = tuple(PortAnswer("alice", "alice", "path", "10.0.1.30", 445, seen) for seen in (replied, crashed, silent))
    after = redacted_facts({PortAnswers: PortAnswers(before)}, held)[PortAnswers]
    assert isinstance(after, PortAnswers)
    assert [answer.seen for answer in after.ports] == [replied, replace(crashed, detail="KeyError: '***'"), silent]


def test_facts_without_a_crash_are_the_same_object() -> None:
    held = opened(site(SecretSource(SecretKind.ENV, "READER")), Told(READER="hunter2hunter2"))
    silent = Unobserved(Gap.TIMED_OUT, "no answer in 2 s", "TCP connect", AT, "alice")
    family = PortAnswers((PortAnswer("alice", "alice", "path", "10.0.1.30", 445, silent),))
    assert redacted_facts({PortAnswers: family}, held)[PortAnswers] is family
