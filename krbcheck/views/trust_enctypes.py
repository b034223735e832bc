"""The encryption types that the two sides of a trust support, by their objects and by the answers of the KDCs."""

from __future__ import annotations

from collections.abc import Iterable

from krbcheck.facts.kerberos import KrbError, Reply, TicketFacts, TrustTicket
from krbcheck.facts.observation import Observation, Observed
from krbcheck.views.trust_sides import TrustSide

RC4_BIT, AES_BITS = 0x4, 0x18
"""msDS-SupportedEncryptionTypes (MS-KILE 2.2.7)."""
DEFAULT = AES_BITS | RC4_BIT
"""Where the attribute is absent or zero."""
BITS = {17: 0x8, 18: 0x10, 23: 0x4}
"""The bit of an encryption type."""
ETYPE_NOSUPP = 14
NO_KEY = {31, 44, 45}
"""KRB_AP_ERR_BAD_INTEGRITY, BADKEYVER, NOKEY."""
OPENED = {2, 7, 8, 9, 13, 19, 22, 26, 27}
"""KRB-ERRORs about the service, which a KDC returns after it has decrypted the ticket. Others prove neither."""


def allowed(side: TrustSide) -> int | None:
    """Returns the encryption types of a side, or the default if the attribute is absent; None if they are not known."""
    return None if side.trust is None else side.trust.etypes or DEFAULT


def common(*both: TrustSide) -> int:
    """What both sides allow; a side that is not known allows all."""
    found = DEFAULT
    for side in both:
        etypes = allowed(side)
        found &= DEFAULT if etypes is None else etypes
    return found


def _of_etype(ticket: TrustTicket, storage: TrustSide) -> list[Observation[Reply]]:
    """Returns the answers about one referral whose reason is the encryption type.

    The KDC of the hosts' side issues a type that its own object allows. If the other side does not allow that type,
    its KDC has no key for it and returns one of several errors.
    """
    answers = [seen for seen in (ticket.seen, ticket.accepted) if seen is not None]
    no_type = [seen for seen in answers if _code(seen) == ETYPE_NOSUPP]
    etypes = allowed(storage)
    if not isinstance(ticket.seen, Observed) or not isinstance(ticket.seen.value, TicketFacts) or etypes is None:
        return no_type
    if (
        ticket.accepted is not None
        and _code(ticket.accepted) in NO_KEY
        and not BITS.get(ticket.seen.value.etype, 0) & etypes
    ):
        no_type.append(ticket.accepted)
    return no_type


def _code(seen: Observation[Reply] | None) -> int | None:
    return seen.value.code if isinstance(seen, Observed) and isinstance(seen.value, KrbError) else None


def taken(tried: Iterable[TrustTicket]) -> bool:
    """Whether some KDC of the storage's side opened a referral, and so has a key of its type."""
    seen = [ticket.accepted for ticket in tried if ticket.accepted is not None]
    return any(isinstance(observation, Observed) and _code(observation) in OPENED | {None} for observation in seen)


def refused(tried: Iterable[TrustTicket], storage: TrustSide) -> list[Observation[Reply]]:
    """The answers, of either side's KDCs, that come from the encryption type."""
    return [seen for ticket in tried for seen in _of_etype(ticket, storage)]
