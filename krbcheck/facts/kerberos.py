"""The replies of KDCs: clocks, tickets, errors, referrals. Only the metadata of a ticket, never its bytes or a key."""

from __future__ import annotations

from datetime import datetime

import msgspec

from krbcheck.facts.observation import Facts, Observation


class KrbError(msgspec.Struct, frozen=True, tag="krb-error", tag_field="reply"):
    """A KRB-ERROR (RFC 4120 5.9.1). `stime` is the KDC's clock, UTC.

    `ntstatus` is the status in e-data (MS-KILE 2.2.1), None if there is none. `realm` and `service` are the server's as
    the KDC names them; `client_realm` is set by KDC_ERR_WRONG_REALM.
    """

    code: int
    stime: datetime | None = None
    ntstatus: int | None = None
    text: str = ""
    realm: str = ""
    service: str = ""
    client_realm: str = ""
    etypes: tuple[int, ...] = ()
    salt: str = ""

    def summary(self) -> str:
        from krbcheck.windows.kerberos_errors import error_name

        status = "" if self.ntstatus is None else f", NTSTATUS 0x{self.ntstatus:08X}"
        return f"{error_name(self.code)} ({self.code}{status})"


class TicketFacts(msgspec.Struct, frozen=True, tag="ticket", tag_field="reply"):
    """The metadata of a ticket: its client, its service and realm, its encryption, its times (UTC).

    `etype` is the ticket's encryption type (the service's key), `session_etype` the session key's, `kvno` the version
    of the service's key (None if the KDC does not state it), `flags` as in RFC 4120 5.3 (bit 0 is the highest).
    """

    client: str
    client_realm: str
    service: str
    realm: str
    etype: int
    session_etype: int
    kvno: int | None
    flags: int
    authtime: datetime
    endtime: datetime

    def summary(self) -> str:
        return f"ticket {self.service}@{self.realm}"

    @property
    def is_tgt(self) -> bool:
        """Whether its service is a KDC: that of the client's realm, or by referral that of another."""
        return self.service.partition("/")[0].lower() == "krbtgt"

    @property
    def referral_to(self) -> str:
        """The realm of the KDC to which a referral ticket refers, or an empty string."""
        name = self.service.partition("/")
        return name[2].upper() if name[0].lower() == "krbtgt" and name[2].upper() != self.realm.upper() else ""


class KeyMismatch(msgspec.Struct, frozen=True, tag="key-mismatch", tag_field="reply"):
    """The KDC answered, and no key of the credential fits the answer: krbcheck's conclusion, not a KRB-ERROR.

    `offered` are the encryption types that the KDC named for the account (ETYPE-INFO2). `wrong_key` if the KDC required
    no pre-authentication and its AS-REP does not decrypt with the credential's key; else the credential has no key of
    an offered type, and none was sent. `rc4_not_allowed` if that is a password, RC4 was offered, and the site file does
    not state `rc4: allowed`.
    """

    offered: tuple[int, ...] = ()
    wrong_key: bool = False
    rc4_not_allowed: bool = False

    @property
    def code(self) -> int:
        """The KRB-ERROR that a host with these keys ends with (RFC 4120 7.5.9)."""
        return PREAUTH_FAILED if self.wrong_key else ETYPE_NOSUPP

    def summary(self) -> str:
        if self.wrong_key:
            return "the AS-REP does not decrypt with the key"
        if self.rc4_not_allowed:
            return "the KDC offers no AES for the password, and the site file does not state 'rc4: allowed'"
        return f"no key of encryption type {' or '.join(map(str, self.offered)) or 'that the KDC supports'}"


S_PRINCIPAL_UNKNOWN, ETYPE_NOSUPP, PREAUTH_FAILED = 7, 14, 24
Reply = KrbError | TicketFacts
AsReply = KrbError | TicketFacts | KeyMismatch


class KdcReply(msgspec.Struct, frozen=True):
    """The reply of a KDC to an AS-REQ without pre-authentication for a principal that need not exist; it contains the
    KDC's clock.
    """

    domain: str
    host: str
    address: str
    seen: Observation[Reply]


class KdcReplies(Facts, frozen=True):
    replies: tuple[KdcReply, ...] = ()


class TicketGrant(msgspec.Struct, frozen=True):
    """The TGT of a principal from one KDC of its realm. `tenant` is empty for the accounts that read directories."""

    tenant: str
    principal: str
    host: str
    address: str
    seen: Observation[AsReply]


class TicketGrants(Facts, frozen=True):
    grants: tuple[TicketGrant, ...] = ()


class Hop(msgspec.Struct, frozen=True):
    """One TGS exchange for `service` with `host`, a KDC of `realm`."""

    realm: str
    host: str
    service: str
    seen: Observation[Reply]


class TicketPath(msgspec.Struct, frozen=True):
    """The TGS exchanges of a principal for one service ticket, from one KDC of its realm on.

    `forest` is empty if only the KDCs' referrals were followed (canonicalize set); else it is the domain whose
    `krbtgt/` was requested by name, as a search order that lists it does. `hops` end with the result: a ticket, a
    KRB-ERROR, or no answer. `loop` if a realm occurred twice, or the limit of hops was reached.
    """

    tenant: str
    principal: str
    service: str
    kdc: str
    forest: str
    hops: tuple[Hop, ...]
    loop: bool = False

    @property
    def ticket(self) -> TicketFacts | None:
        """The service ticket at the end, if there is one; a referral ticket or TGT before it is not."""
        from krbcheck.facts.observation import Observed

        last = self.hops[-1] if self.hops else None
        if self.loop or last is None or last.service.lower() != self.service.lower():
            return None
        if not isinstance(last.seen, Observed) or not isinstance(last.seen.value, TicketFacts):
            return None
        found = last.seen.value
        own = self.service.lower().startswith("krbtgt/")
        return None if found.referral_to or (found.is_tgt and not own) else found


class ServiceTickets(Facts, frozen=True):
    """The exchanges of every principal for every service of its tenant, for each KDC of its realm and each forest."""

    paths: tuple[TicketPath, ...] = msgspec.field(default=(), name="ways")


class ReaderTicket(msgspec.Struct, frozen=True):
    """The ticket of an account that reads directories, for a controller (`ldap/host`) or a storage of its domain
    (`cifs/name`).
    """

    domain: str
    principal: str
    service: str
    kdc: str
    seen: Observation[Reply]


def is_unknown_service(ticket: ReaderTicket) -> bool:
    """Returns whether the KDC replied that no account has this SPN, or that several do (RFC 4120 7.5.9)."""
    from krbcheck.facts.observation import Observed

    reply = ticket.seen.value if isinstance(ticket.seen, Observed) else None
    return isinstance(reply, KrbError) and reply.code == S_PRINCIPAL_UNKNOWN


class ReaderTickets(Facts, frozen=True):
    """The tickets of the accounts that read directories and rights: first the TGTs, then the services."""

    grants: tuple[TicketGrant, ...] = ()
    services: tuple[ReaderTicket, ...] = ()


class LibkrbTicket(msgspec.Struct, frozen=True):
    """The result of libkrb5 and the krb5.conf of this host for the same request.

    `realm` is that of the issuing KDC, empty if there is no ticket; `message` is the library's own, `code` its minor
    status.
    """

    ok: bool
    realm: str = ""
    code: int = 0
    message: str = ""

    def summary(self) -> str:
        return f"ticket of {self.realm}" if self.ok else self.message


class LibkrbAttempt(msgspec.Struct, frozen=True):
    tenant: str
    principal: str
    service: str
    seen: Observation[LibkrbTicket]


class LibkrbTickets(Facts, frozen=True):
    attempts: tuple[LibkrbAttempt, ...] = msgspec.field(default=(), name="ways")


class TrustTicket(msgspec.Struct, frozen=True):
    """The test of a referral: a ticket for `krbtgt/` of `partner` from `kdc` of `home`, presented to `far_kdc` of
    `partner`.

    `seen` is the reply of `kdc`. `accepted` is the reply of `far_kdc` (an error about the service itself, such as 7,
    means that it decrypted the ticket); None if there was no ticket to present.
    """

    home: str
    partner: str
    kdc: str
    far_kdc: str
    seen: Observation[Reply]
    accepted: Observation[Reply] | None = None


class TrustTickets(Facts, frozen=True):
    tickets: tuple[TrustTicket, ...] = ()
