"""What is encrypted at a data path, from the responses to an ordinary session and to a session without encryption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from krbcheck.facts.directory import first_seen
from krbcheck.facts.observation import Observation, Observed, Unobserved, why
from krbcheck.facts.smb import SmbNegotiated, SmbSessions, SmbSetUp
from krbcheck.facts.smb_features import CAP_ENCRYPTION, SESSION_FLAG_ENCRYPT, SHARE_FLAG_ENCRYPT, ClearSessions
from krbcheck.facts.vantages import Vantages
from krbcheck.site.stated import DataPath, Tenant
from krbcheck.views.query_gaps import why_no_speaker
from krbcheck.views.view import View
from krbcheck.windows.ntstatus import STATUS_ACCESS_DENIED, STATUS_SUCCESS, ntstatus_name

SMB_3_0, SMB_3_1_1 = 0x0300, 0x0311


@dataclass(frozen=True)
class EncryptionState:
    """`ordinary` are the accepted sessions of the tenant's principals, `clear` is the session of a client that cannot
    encrypt, and `same` is the ordinary session of the principal that opened `clear`. `why` is the reason where
    something could not be determined. `speaker` is the principal of `clear`.
    """

    ordinary: tuple[Observed[SmbSetUp], ...]
    clear: Observation[SmbSetUp] | None
    same: Observed[SmbSetUp] | None
    why: str
    speaker: str = ""

    @property
    def grounds(self) -> tuple[Observation[SmbSetUp], ...]:
        first = (self.same,) if self.same else self.ordinary[:1]
        return (*first, *((self.clear,) if self.clear else ()))

    @property
    def whole(self) -> bool:
        """Whether the storage requires encryption of every session and rejects one of a client that cannot encrypt."""
        requires = self.same is not None and bool(self.same.value.flags & SESSION_FLAG_ENCRYPT)
        return requires and _said(self.clear, STATUS_ACCESS_DENIED)

    def required(self, share: str) -> bool | None:
        """Whether session or share flags require encryption; None where no principal could connect to the share."""
        for observation in self.ordinary:
            tree = observation.value.proved_tree(share)
            if tree is not None and tree.status == STATUS_SUCCESS:
                return bool(observation.value.flags & SESSION_FLAG_ENCRYPT or tree.share_flags & SHARE_FLAG_ENCRYPT)
        return None

    def refused(self, share: str) -> bool | None:
        """Whether the share denies a client that cannot encrypt because it requires encryption, and grants access to
        the same principal with encryption; None where not determined, as for a denial without that requirement.
        """
        if self.same is None or not isinstance(self.clear, Observed) or self.clear.value.unconfirmed:
            return None
        let_in, tree = self.same.value.proved_tree(share), self.clear.value.proved_tree(share)
        if let_in is None or let_in.status != STATUS_SUCCESS or tree is None:
            return None
        if tree.status == STATUS_SUCCESS:
            return False
        flags = self.same.value.flags & SESSION_FLAG_ENCRYPT or let_in.share_flags & SHARE_FLAG_ENCRYPT
        return True if flags and tree.status == STATUS_ACCESS_DENIED else None

    @property
    def settled(self) -> bool:
        """Whether it is known if sessions without encryption are rejected."""
        clear = self.clear.value if isinstance(self.clear, Observed) else None
        return self.whole or (clear is not None and clear.proved and not clear.unconfirmed)


class SessionEncryption(View):
    """What is encrypted at each data path."""

    def __init__(self, sessions: SmbSessions, clears: ClearSessions, vantages: Vantages) -> None:
        self._sessions, self._clears, self._vantages = sessions, clears, vantages

    def at(self, tenant: Tenant, path: DataPath) -> EncryptionState:
        asked = self._clears.of(tenant.name, path.name)
        clear = first_seen(session.seen for session in asked)
        speaker = next((session.principal for session in asked if session.seen is clear), "")
        accepted = [
            (session.principal, session.seen)
            for session in self._sessions.kerberos(tenant.name, path.name)
            if isinstance(session.seen, Observed) and session.seen.value.proved
        ]
        same = next((seen for principal, seen in accepted if principal == speaker), None)
        says = _why(tenant, path, clear, self._vantages, accepted=bool(accepted))
        return EncryptionState(tuple(seen for _, seen in accepted), clear, same, says, speaker)


def _why(
    tenant: Tenant, path: DataPath, clear: Observation[SmbSetUp] | None, vantages: Vantages, *, accepted: bool
) -> str:
    if isinstance(clear, Unobserved):
        return why(clear)
    if clear is None:
        return why_no_speaker(tenant, path, vantages)
    if not accepted:
        return f"{path.name} accepted no session of a principal of {tenant.name} (see smb.session)"
    if not clear.value.accepted:
        return f"{path.name} rejects a session without encryption with {ntstatus_name(clear.value.status)}"
    if clear.value.unconfirmed:
        return f"session without encryption at {path.name}: {clear.value.unconfirmed}"
    return "no tested principal could connect to the share (see isolation.own)"


def _said(seen: Observation[SmbSetUp] | None, status: int) -> bool:
    return isinstance(seen, Observed) and seen.value.status == status


def can_encrypt(spoken: Sequence[SmbNegotiated]) -> bool:
    """Whether the server supports encryption: by the cipher that 3.1.1 selected (0 is none), or the capability of 3.0
    and 3.0.2.
    """
    return any(
        any(negotiated.ciphers)
        if negotiated.dialect == SMB_3_1_1
        else negotiated.dialect >= SMB_3_0 and negotiated.capabilities & CAP_ENCRYPTION
        for negotiated in spoken
    )
