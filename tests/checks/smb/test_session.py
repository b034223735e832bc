"""What storages' answers are judged to be: dialect, SMB 1, sessions, shares."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec
import pytest
from msgspec.structs import replace

from krbcheck.facts.observation import Observation, Unobserved
from krbcheck.facts.smb import (
    NegotiateInfo,
    SessionKind,
    SmbNegotiated,
    SmbSession,
    SmbSessions,
    SmbSetUp,
    SmbSpeech,
    SmbSpeeches,
    TreeReply,
    Unproved,
    Validation,
)
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.probes.kerberos.spnego import NTLM
from krbcheck.site.stated import DataPath, Site, Storage
from tests.support.remedies import text
from tests.support.smb_sessions import DENIED, MORE, NOT_SUPPORTED, REFUSED, SILENCE, WHERE, kerberos, said, speech

T = TypeVar("T")
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH, BOBS = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"
HOST = "alice-hv01$@VMLEVEL.COM"


def uninvited(kind: SessionKind, seen: SmbSetUp | Unobserved = REFUSED) -> SmbSession:
    answer: Observation[SmbSetUp] = seen if isinstance(seen, Unobserved) else said(seen)
    return SmbSession("alice", "", *WHERE[1:], kind, answer)


AGREED = NegotiateInfo(0x3F, "g", 1, 0x0300)
VALIDATE = "FSCTL_VALIDATE_NEGOTIATE_INFO"


def keyless(unproved: Unproved, flags: int = 0) -> SmbSetUp:
    return SmbSetUp(0, flags=flags, dialect=0x311, unproved=unproved, cut=unproved.summary())


def validated(confirmed: NegotiateInfo | None, step: str = "", status: int = 0, closed: bool = False) -> SmbSetUp:
    return SmbSetUp(0, dialect=0x0300, validation=Validation(AGREED, confirmed, step, status, closed))


BOTH_REFUSED = (uninvited(SessionKind.ANONYMOUS), uninvited(SessionKind.MADE_UP))


def session_lines(lines: Lines, *sessions: SmbSession) -> list[str]:
    """Those of alice, but for the principal without a secret."""
    found = lines("smb.session", SmbSessions(sessions), SmbSpeeches())
    assert f"unknown alice alice-hv02$@VMLEVEL.COM at {PATH}" in found
    assert [entry for entry in found if " bob " in entry] == [
        f"unknown bob bob-hv01$@VMLEVEL.COM at {BOBS}",
        f"unknown bob bob-hv02$@VMLEVEL.COM at {BOBS}",
        f"unknown bob {BOBS}",
    ]
    return [entry for entry in found if " bob " not in entry and "hv02" not in entry]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(SmbSetUp(0, dialect=0x311), "fine", id="accepted"),
        pytest.param(REFUSED, "smb.session/rejected", id="logon-failure"),
        pytest.param(SmbSetUp(MORE, NTLM, dialect=0x311), "smb.session/rejected", id="wants-ntlm"),
        pytest.param(SmbSetUp(MORE, krb_error=37, dialect=0x311), "smb.session/rejected", id="clock"),
        pytest.param(SmbSetUp(0xC0FFEE11, dialect=0x311), "smb.session/rejected", id="unheard-of"),
        pytest.param(SmbSetUp(0xC000009A, dialect=0x311), "unknown", id="no-resources"),
        pytest.param(SmbSetUp(0xC00000D0, dialect=0x311), "unknown", id="no-more-sessions"),
        pytest.param(SmbSetUp(0xC00000CE, dialect=0x311), "unknown", id="too-many-sessions"),
        pytest.param(SmbSetUp(0, flags=1, dialect=0x311), "smb.session/guest", id="guest"),
        pytest.param(SmbSetUp(0, flags=2, dialect=0x311), "smb.session/guest", id="null"),
        pytest.param(keyless(Unproved.NO_AP_REP), "smb.session/not-authenticated", id="no-ap-rep"),
        pytest.param(keyless(Unproved.WRONG_AP_REP), "smb.session/not-authenticated", id="wrong-ap-rep"),
        pytest.param(keyless(Unproved.NOT_SIGNED), "smb.session/not-authenticated", id="not-signed"),
        pytest.param(keyless(Unproved.NO_AP_REP, flags=1), "smb.session/not-authenticated", id="guest-of-nobody"),
        pytest.param(validated(AGREED), "fine", id="validated"),
        pytest.param(validated(replace(AGREED, dialect=0x0210)), "smb.session/downgraded", id="other-dialect"),
        pytest.param(validated(replace(AGREED, capabilities=0x7F)), "smb.session/downgraded", id="encryption-removed"),
        pytest.param(validated(replace(AGREED, security_mode=3)), "smb.session/downgraded", id="signing-removed"),
        pytest.param(validated(replace(AGREED, server_guid="h")), "smb.session/downgraded", id="other-server"),
        pytest.param(validated(None, closed=True), "smb.session/downgraded", id="hung-up-on"),
        pytest.param(validated(None, step=VALIDATE, status=0xC0000010), "fine", id="older-than-the-control-code"),
        pytest.param(validated(None, step="TREE_CONNECT IPC$", status=0xC0000022), "unknown", id="no-tree"),
        pytest.param(validated(None, step=VALIDATE, status=DENIED), "smb.session/downgraded", id="denied"),
        pytest.param(SmbSetUp(0, dialect=0x302), "unknown", id="not-validated"),
        pytest.param(SmbSetUp(0, dialect=0x302, cut="no answer", stalled=True), "unknown", id="validation-cut"),
        pytest.param(SmbSetUp(NOT_SUPPORTED), "unknown", id="no-negotiate"),
        pytest.param(SILENCE, "unknown", id="silence"),
    ],
)
def test_a_principals_session(lines: Lines, seen: SmbSetUp | Unobserved, expected: str) -> None:
    found = session_lines(lines, kerberos(seen), *BOTH_REFUSED)
    assert found == [f"{expected} alice {HOST} at {PATH}", f"fine alice {PATH}"]


def rejection(judged: Judged, seen: SmbSetUp, realm: str = "TINTRI.COM", clock: datetime | None = None) -> Finding:
    reply = SmbSpeeches((speech(SmbNegotiated(0, 0x311, system_time=clock)),))
    found = judged("smb.session", SmbSessions((kerberos(seen, realm=realm),)), reply)[0]
    assert isinstance(found, Finding)
    return found


@pytest.mark.parametrize(
    ("seen", "words", "mend"),
    [
        pytest.param(REFUSED, "cannot decrypt", "setspn -Q cifs/vmstore-alice.tintri.com", id="wrong-key"),
        pytest.param(
            SmbSetUp(MORE, krb_error=41, dialect=1), "cannot decrypt", "Test-ComputerSecureChannel", id="modified"
        ),
        pytest.param(SmbSetUp(MORE, krb_error=37, dialect=1), "clocks", "w32tm /resync", id="skew"),
        pytest.param(SmbSetUp(0xC0000133, dialect=1), "clocks", "NTP server", id="skew-by-ntstatus"),
        pytest.param(SmbSetUp(MORE, NTLM, dialect=1), "requests NTLM", "setspn -S cifs/vmstore-alice", id="wants-ntlm"),
        pytest.param(SmbSetUp(0xC0000413, dialect=1), "selective authentication", "trust.selective", id="selective"),
        pytest.param(SmbSetUp(0xC0000072, dialect=1), "disabled", "Enable-ADAccount -Identity 'alice-hv01$'", id="off"),
        pytest.param(SmbSetUp(0xC000015B, dialect=1), "from the network", "User Rights Assignment", id="logon-type"),
        pytest.param(
            SmbSetUp(0xC000005E, dialect=1), "no domain controller", "Allow TCP and UDP 88", id="no-controller"
        ),
        pytest.param(
            SmbSetUp(0xC000005E, dialect=1), "domain logon service does not run", "nltest /sc_verify", id="no-winbind"
        ),
        pytest.param(SmbSetUp(0xC0000233, dialect=1), "finds no controller", "88, 389 and 445", id="none-found"),
        pytest.param(
            SmbSetUp(0xC000006E, dialect=1), "Protected Users", "Get-ADAuthenticationPolicy", id="restriction"
        ),
        pytest.param(SmbSetUp(0xC000006F, dialect=1), "at this hour", "logonHours", id="logon-hours"),
        pytest.param(SmbSetUp(0xC0000070, dialect=1), "from this host", "userWorkstations", id="workstation"),
        pytest.param(SmbSetUp(0xC0000193, dialect=1), "has expired", "Clear-ADAccountExpiration", id="expired"),
        pytest.param(SmbSetUp(0xC000018D, dialect=1), "machine password is wrong", "Test-Computer", id="trust-broken"),
        pytest.param(SmbSetUp(0xC0000322, dialect=1), "no key for the ticket", "setspn -Q", id="no-key"),
        pytest.param(
            SmbSetUp(MORE, krb_error=44, dialect=1), "cannot decrypt", "Test-ComputerSecureChannel", id="key-version"
        ),
        pytest.param(
            SmbSetUp(MORE, krb_error=45, dialect=1), "cannot decrypt", "Test-ComputerSecureChannel", id="no-such-key"
        ),
        pytest.param(SmbSetUp(0xC0FFEE11, dialect=1), "no description of", "Get-WinEvent", id="unheard-of"),
    ],
)
def test_each_refusal_names_its_cause_and_what_mends_it(judged: Judged, seen: SmbSetUp, words: str, mend: str) -> None:
    found = rejection(judged, seen)
    assert words in found.says
    assert mend in text(found)
    assert "<" not in text(found)


def test_a_ticket_of_the_hosts_own_domain_points_at_the_spn_there(judged: Judged) -> None:
    found = rejection(judged, REFUSED, realm="VMLEVEL.COM")
    assert "the ticket is for an account of VMLEVEL.COM" in found.says
    assert "setspn -T vmlevel.com -Q cifs/vmstore-alice.tintri.com" in text(found)


def test_a_storage_that_only_says_no_is_asked_for_its_clock(judged: Judged) -> None:
    found = rejection(judged, REFUSED, clock=AT + timedelta(minutes=10))
    assert "its clock is 10 min ahead of the clock of this host" in found.says
    assert "Set the NTP server of vmstore" in text(found)
    assert "cannot decrypt" in rejection(judged, REFUSED, clock=AT - timedelta(minutes=4)).says


def test_an_address_that_leads_to_another_storage_is_the_cause(judged: Judged, site: Site) -> None:
    """And not where the site states one server as two storages."""
    alice, bob = site.tenants
    other = DataPath("other.tintri.com", "other", "10.77.11.31")
    more = msgspec.structs.replace(alice, data_paths=(*alice.data_paths, other))
    storages = (*site.storages, Storage("other", "OTHER$@TINTRI.COM"))
    changed = msgspec.structs.replace(site, tenants=(more, bob), storages=storages)

    def cause(of_alice: str, of_bob: str, of_other: str) -> str:
        reply = (
            SmbSpeech(*WHERE, said(SmbNegotiated(0, 0x311, server_guid=of_alice))),
            SmbSpeech("bob", BOBS, "vmstore", "10.77.12.30", said(SmbNegotiated(0, 0x311, server_guid=of_bob))),
            SmbSpeech("alice", other.name, "other", "10.77.11.31", said(SmbNegotiated(0, 0x311, server_guid=of_other))),
        )
        found = judged("smb.session", SmbSessions((kerberos(REFUSED),)), SmbSpeeches(reply), of=changed)[0]
        assert isinstance(found, Finding)
        return found.says

    assert "its address belongs to other, not to vmstore (see smb.server)" in cause("two", "one", "two")
    assert "leads to" not in cause("one", "one", "one")
    assert "leads to" not in cause("one", "one", "two")


def test_shares_that_open_to_nobody_in_particular_are_named(judged: Judged, lines: Lines) -> None:
    open_to_all = SmbSetUp(0, NTLM, dialect=0x311, trees=(TreeReply("AliceVMs", 0), TreeReply("BobVMs", DENIED)))
    sessions = (kerberos(SmbSetUp(0, dialect=1)), uninvited(SessionKind.ANONYMOUS, open_to_all), BOTH_REFUSED[1])
    assert f"smb.session/anonymous alice {PATH}" in session_lines(lines, *sessions)
    found = next(
        entry for entry in judged("smb.session", SmbSessions(sessions), SmbSpeeches()) if isinstance(entry, Finding)
    )
    assert found.values["shares"] == ("AliceVMs",)


def test_an_anonymous_session_for_ipc_alone_is_no_finding(lines: Lines) -> None:
    for_ipc = SmbSetUp(0, NTLM, dialect=0x311, trees=(TreeReply("AliceVMs", DENIED),))
    found = session_lines(lines, uninvited(SessionKind.ANONYMOUS, for_ipc), BOTH_REFUSED[1])
    assert found[-1] == f"fine alice {PATH}"


@pytest.mark.parametrize(
    "setup",
    [
        pytest.param(SmbSetUp(0xC000009A, dialect=0x311), id="no-room"),
        pytest.param(SmbSetUp(0xC00000BB), id="negotiate-refused"),
        pytest.param(SmbSetUp(0, NTLM, dialect=0x311, cut="reset in the middle"), id="cut"),
        pytest.param(SmbSetUp(0, NTLM, dialect=0x311, trees=(TreeReply("AliceVMs", 0xC000009A),)), id="share-no-room"),
    ],
)
def test_what_says_nothing_of_strangers_stays_unknown(lines: Lines, setup: SmbSetUp) -> None:
    found = session_lines(lines, uninvited(SessionKind.ANONYMOUS, setup), BOTH_REFUSED[1])
    assert found[-1] == f"unknown alice {PATH}"


def test_a_stranger_who_is_taken_in_is_a_guest(lines: Lines) -> None:
    taken = uninvited(SessionKind.MADE_UP, SmbSetUp(0, NTLM, flags=1, dialect=0x311))
    assert f"smb.session/guest alice {PATH}" in session_lines(lines, BOTH_REFUSED[0], taken)


def test_a_question_to_strangers_without_an_answer_stays_unknown(lines: Lines) -> None:
    silent = uninvited(SessionKind.ANONYMOUS, SILENCE)
    assert session_lines(lines, silent, BOTH_REFUSED[1])[-1] == f"unknown alice {PATH}"


def test_no_ticket_is_wanted_for_an_address(lines: Lines, site: Site) -> None:
    tenant = msgspec.structs.replace(site.tenants[0], data_paths=(DataPath("10.77.11.30", "vmstore"),))
    changed = msgspec.structs.replace(site, tenants=(tenant,))
    assert lines("smb.session", SmbSessions(), SmbSpeeches(), of=changed) == ["unknown alice 10.77.11.30"]
