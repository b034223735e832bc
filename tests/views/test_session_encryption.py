"""What is encrypted at a data path: by the flags of an ordinary session, and by a client that cannot encrypt."""

from __future__ import annotations

import pytest

from krbcheck.facts.observation import Observation, Observed
from krbcheck.facts.smb import SessionKind, SmbNegotiated, SmbSession, SmbSessions, SmbSetUp, TreeReply
from krbcheck.facts.smb_features import ClearSession, ClearSessions
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.site.stated import DataPath, Tenant
from krbcheck.views.session_encryption import EncryptionState, SessionEncryption, can_encrypt
from tests.support.observing import observed, silence

DENIED, BAD_NAME = 0xC0000022, 0xC00000CC
ENCRYPT_SESSION, ENCRYPT_SHARE, CAP_ENCRYPTION, AES_128_GCM = 0x4, 0x8000, 0x40, 2
SHARE = "AliceVMs"
ALICE, PATH = Tenant("alice"), DataPath("vmstore-alice.tintri.com", "vmstore")
VANTAGES = Vantages((VantagePoint("alice", "station", "10.77.11.9"),))


def session(status: int = 0, flags: int = 0, share_flags: int = 0) -> Observed[SmbSetUp]:
    return observed(
        SmbSetUp(0, dialect=0x0311, flags=flags, trees=(TreeReply(SHARE, status, share_flags=share_flags),))
    )


def state(
    ordinary: Observed[SmbSetUp] | None, clear: Observation[SmbSetUp] | None, speaker: str = "hv01"
) -> EncryptionState:
    own = (
        ()
        if ordinary is None
        else (SmbSession("alice", "hv01", PATH.name, "vmstore", "10.77.11.30", SessionKind.KERBEROS, ordinary),)
    )
    clears = () if clear is None else (ClearSession("alice", speaker, PATH.name, "vmstore", "10.77.11.30", clear),)
    return SessionEncryption(SmbSessions(own), ClearSessions(clears), VANTAGES).at(ALICE, PATH)


@pytest.mark.parametrize(
    ("ordinary", "required"),
    [
        (session(), False),
        (session(flags=ENCRYPT_SESSION), True),
        (session(share_flags=ENCRYPT_SHARE), True),
        (session(DENIED, flags=ENCRYPT_SESSION), None),
        (None, None),
    ],
)
def test_session_or_share_flags_require_encryption(ordinary: Observed[SmbSetUp] | None, required: bool | None) -> None:
    """MS-SMB2 2.2.6 and 2.2.10; a share to which no principal could connect has no flags."""
    assert state(ordinary, None).required(SHARE) is required


@pytest.mark.parametrize(
    ("ordinary", "clear", "refused"),
    [
        (session(share_flags=ENCRYPT_SHARE), session(DENIED), True),
        (session(share_flags=ENCRYPT_SHARE), session(), False),
        (session(), session(DENIED), None),
        (session(share_flags=ENCRYPT_SHARE), session(BAD_NAME), None),
        (session(DENIED, flags=ENCRYPT_SESSION), session(DENIED), None),
        (session(share_flags=ENCRYPT_SHARE), silence(), None),
        (None, session(DENIED), None),
    ],
)
def test_a_denial_counts_only_beside_an_encrypted_connection_of_the_same_principal(
    ordinary: Observed[SmbSetUp] | None, clear: Observation[SmbSetUp], refused: bool | None
) -> None:
    assert state(ordinary, clear).refused(SHARE) is refused


def test_the_session_of_another_principal_proves_nothing_about_a_denial() -> None:
    assert state(session(share_flags=ENCRYPT_SHARE), session(DENIED), speaker="hv02").refused(SHARE) is None


def test_a_storage_that_encrypts_every_session_rejects_the_whole_session() -> None:
    rejected = observed(SmbSetUp(DENIED))
    whole = state(session(flags=ENCRYPT_SESSION), rejected)
    assert (whole.whole, whole.settled) == (True, True)
    by_share = state(session(share_flags=ENCRYPT_SHARE), rejected)
    assert (by_share.whole, by_share.settled) == (False, False)


@pytest.mark.parametrize(
    ("ordinary", "clear", "why"),
    [
        (session(), silence("no response"), "no response"),
        (session(), None, "the site file contains no secret for any principal of alice"),
        (None, session(), f"{PATH.name} accepted no session of a principal of alice (see smb.session)"),
        (
            session(),
            observed(SmbSetUp(DENIED)),
            f"{PATH.name} rejects a session without encryption with STATUS_ACCESS_DENIED (0xC0000022)",
        ),
    ],
)
def test_what_could_not_be_determined_has_its_reason(
    ordinary: Observed[SmbSetUp] | None, clear: Observation[SmbSetUp] | None, why: str
) -> None:
    assert state(ordinary, clear).why == why


@pytest.mark.parametrize(
    ("spoken", "can"),
    [
        ((SmbNegotiated(0, 0x0210, capabilities=CAP_ENCRYPTION),), False),
        ((SmbNegotiated(0, 0x0300),), False),
        ((SmbNegotiated(0, 0x0300, capabilities=CAP_ENCRYPTION),), True),
        ((SmbNegotiated(0, 0x0311, capabilities=CAP_ENCRYPTION, ciphers=(0,)),), False),
        ((SmbNegotiated(0, 0x0311, ciphers=(AES_128_GCM,)),), True),
        ((), False),
    ],
)
def test_3_0_has_a_capability_and_3_1_1_a_cipher(spoken: tuple[SmbNegotiated, ...], can: bool) -> None:
    """MS-SMB2 2.2.4 and 2.2.4.1.2: the cipher 0 means that there is none in common."""
    assert can_encrypt(spoken) is can
