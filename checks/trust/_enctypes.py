"""Which encryption types the two sides of a trust take, by their objects and by what the KDCs said."""

from __future__ import annotations

from collections.abc import Iterable

from krbcheck.facts.kerberos import KrbError, TrustTicket
from krbcheck.model import Observation, Observed

from ._pairs import Side

RC4_BIT, AES_BITS = 0x4, 0x18
"""msDS-SupportedEncryptionTypes (MS-KILE 2.2.7)."""
DEFAULT = AES_BITS | RC4_BIT
"""Where the attribute is absent or zero."""
ETYPE_NOSUPP = 14


def allowed(one: Side) -> int | None:
    """The encryption types of a side, the default where the attribute does not say; None where nothing is known."""
    return None if one.trust is None else one.trust.etypes or DEFAULT


def common(*both: Side) -> int:
    """What both sides allow; a side that is not known allows all."""
    found = DEFAULT
    for one in both:
        etypes = allowed(one)
        found &= DEFAULT if etypes is None else etypes
    return found


def refused(tried: Iterable[TrustTicket]) -> list[Observation[object]]:
    """The answers, of either side's KDCs, that name the encryption type as the reason."""
    seen = (answer for one in tried for answer in (one.seen, one.accepted))
    return [
        one
        for one in seen
        if isinstance(one, Observed) and isinstance(one.value, KrbError) and one.value.code == ETYPE_NOSUPP
    ]
