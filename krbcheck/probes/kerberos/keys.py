"""Derives keys from passwords and keytabs, each once for a principal and salt (RFC 3961, 3962, 4757)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from krbcheck.credentials.wallet import Credential, Secret, Wallet
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos import aes_cts
from krbcheck.probes.kerberos.aes_cts import Key, SealingKey

AES128, AES256, RC4 = 17, 18, 23
OFFERED = (AES256, AES128, RC4)
"""The encryption types that a Windows host offers by default, strongest first."""
CHECKSUM_OF = {AES128: 15, AES256: 16, RC4: -138}
"""The number of the keyed checksum of each encryption type."""
KEY_BYTES = {AES128: 16, AES256: 32}
KERBEROS = aes_cts.n_fold(b"kerberos", aes_cts.BLOCK)
"""The constant of string-to-key (RFC 3962 4)."""
DEFAULT_ITERATIONS = 4096
MOST_ITERATIONS = 1 << 20
"""More iterations would use the processor for minutes; RFC 3962 4 lets the client set the limit."""


def string_to_key(etype: int, password: bytes, salt: bytes, params: bytes = b"") -> Secret:
    """Returns the long-term key of a password. `params` is the iteration count in four bytes, or empty for the default.

    Raises NoAnswer (MALFORMED) for parameters of another length or more than MOST_ITERATIONS.
    """
    if etype not in KEY_BYTES:
        from impacket.krb5 import crypto

        return Secret(crypto.string_to_key(etype, password.decode(), salt, params or None).contents)
    if len(params) not in (0, 4):
        raise NoAnswer(Gap.MALFORMED, f"the KDC sends {len(params)} bytes of string-to-key parameters")
    count = int.from_bytes(params, "big") if params else DEFAULT_ITERATIONS
    if not 0 < count <= MOST_ITERATIONS:
        raise NoAnswer(Gap.MALFORMED, f"the KDC requires {count} iterations of string-to-key")
    seed = hashlib.pbkdf2_hmac("sha1", password, salt, count, KEY_BYTES[etype])
    return Secret(aes_cts.derive(seed, KERBEROS))


def key_for(wallet: Wallet, credential: Credential, offers: Sequence[tuple[int, bytes, bytes]]) -> Key | None:
    """Returns the key for the first of the KDC's `offers` (etype, salt, s2kparams) for which the credential has
    a key; None if there is none.

    The RC4 key of a password has no salt and no iterations: a false KDC that receives a timestamp encrypted with it can
    test millions of passwords a second. It is used only if the site allows it.

    Raises NoAnswer (MALFORMED) if the KDC requires fewer iterations than the default.
    """
    held = {entry.etype: entry.key for entry in credential.keys}
    for etype, salt, params in offers:
        if etype in held:
            return Key(etype, held[etype].reveal())
        if credential.password is not None and etype in OFFERED and (etype != RC4 or credential.rc4):
            key = wallet.derived(credential.principal, etype, salt, params)
            if key is None:
                _not_weakened(etype, params)
                key = string_to_key(etype, credential.password.reveal(), salt, params)
                wallet.keep_derived(credential.principal, etype, salt, params, key)
            return Key(etype, key.reveal())
    return None


def _not_weakened(etype: int, params: bytes) -> None:
    """Raises NoAnswer if the KDC requires few iterations: a false KDC could then test passwords
    offline (RFC 3962 8).
    """
    if etype in KEY_BYTES and params and int.from_bytes(params, "big") < DEFAULT_ITERATIONS:
        count = int.from_bytes(params, "big")
        raise NoAnswer(Gap.MALFORMED, f"the KDC requires {count} iterations of string-to-key, which is not safe")


def seal(key: Key, usage: int, plain: bytes) -> bytes:
    """Returns the bytes encrypted under a key usage, with a random confounder, which impacket's `encrypt` omits."""
    if key.enctype in KEY_BYTES:
        return SealingKey(key, usage).seal(plain)
    from impacket.krb5 import crypto

    return bytes(
        crypto._get_enctype_profile(key.enctype).encrypt(crypto.Key(key.enctype, key.contents), usage, plain, None)
    )


def checksum(key: Key, usage: int, data: bytes) -> bytes:
    """Returns the keyed checksum of the key's encryption type (RFC 3962 7, RFC 4757 4)."""
    if key.enctype in KEY_BYTES:
        return aes_cts.checksum(key, usage, data)
    from impacket.krb5 import crypto

    return bytes(crypto.make_checksum(CHECKSUM_OF[key.enctype], _impackets(key), usage, data))


def unseal(key: Key, usage: int, sealed: bytes) -> bytes:
    """Returns the decrypted bytes; raises ValueError if the key did not encrypt them."""
    if key.enctype in KEY_BYTES:
        return SealingKey(key, usage).unseal(sealed)
    from impacket.krb5 import crypto

    try:
        return bytes(crypto.decrypt(_impackets(key), usage, sealed))
    except crypto.InvalidChecksum as bad:
        raise ValueError("checksum differs") from bad


def _impackets(key: Key) -> object:
    """Returns the key for the functions of impacket, which are used for RC4 alone."""
    from impacket.krb5 import crypto

    return crypto.Key(key.enctype, key.contents)
