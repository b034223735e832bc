"""Steps that change encryption types and trust passwords. The arguments are templates."""

from __future__ import annotations

from collections.abc import Mapping

from krbcheck.windows.common_steps import AD_MODULE, AES_BITS, controller, show_account
from krbcheck.windows.remedy import Remedy, changes, variants


def reset_trust_password(storage: str, hosts: str) -> Remedy:
    """A new password for both sides of the trust between the storage's and the hosts' domain."""
    return variants(
        storage,
        windows=[
            changes(
                f"netdom trust {storage} /domain:{hosts} /reset /usero:{storage}\\Administrator /passwordo:* "
                f"/userd:{hosts}\\Administrator /passwordd:*",
                on=controller(storage),
                needs="Domain Admins of both domains",
                undo_says="not possible: run the reset again",
                verify=f"netdom trust {storage} /domain:{hosts} /verify",
                caution="tickets across the trust are rejected until the new password has replicated in both domains",
                interrupts=True,
            )
        ],
        samba=[
            changes(
                says=f"Samba has no command for a new trust password: remove the trust on both sides and create it "
                f"again in one session, from a domain controller of {hosts}",
                on=controller(hosts),
                needs="the password of Administrator of both domains",
                undo_says="not possible: the old trust password is lost",
                caution="no ticket across the trust is issued until the trust exists again",
                interrupts=True,
            ),
            changes(
                f"samba-tool domain trust delete {storage} -U Administrator@{storage}",
                on=controller(hosts),
                needs="the password of Administrator of both domains",
                undo_says="create the trust again: the next step",
                caution="access across the trust stops here",
                interrupts=True,
            ),
            changes(
                f"samba-tool domain trust create {storage} --type=external --direction=both --create-location=both "
                f"-U Administrator@{storage}",
                says="Keep the type and the direction of the old trust: --type=forest if it was a forest trust",
                on=controller(hosts),
                needs="the password of Administrator of both domains",
                undo=f"samba-tool domain trust delete {storage} -U Administrator@{storage}",
                verify=f"samba-tool domain trust validate {storage} -U Administrator@{storage}",
                caution="access across the trust works again when both domains have replicated the objects",
                interrupts=True,
            ),
        ],
    )


NO_KEYS = (
    "an account without AES keys then gets tickets that it cannot decrypt: its service stops until its password is set "
    "again"
)


def encryption_types(account: str, domain: str, old: str, new: str) -> Remedy:
    """AES in msDS-SupportedEncryptionTypes. `old` is the value of the attribute, 0 if it is absent, which means the
    same; `new` has its types and AES.
    """
    look = show_account(
        account, domain, "msDS-SupportedEncryptionTypes pwdLastSet", f"Write down the old value; krbcheck read: {old}"
    )
    return look + variants(
        domain,
        windows=[
            changes(
                f"Get-ADObject -Filter \"sAMAccountName -eq '{account}'\" -Server {domain} | Set-ADObject "
                f"-Replace @{{{{'msDS-SupportedEncryptionTypes'={new}}}}}",
                says="AES128 and AES256 (24) in addition to the old types",
                on=controller(domain),
                needs=AD_MODULE,
                undo=f"Get-ADObject -Filter \"sAMAccountName -eq '{account}'\" -Server {domain} | Set-ADObject "
                f"-Replace @{{{{'msDS-SupportedEncryptionTypes'={old}}}}}",
                undo_says="if the attribute was absent: Set-ADObject -Clear msDS-SupportedEncryptionTypes",
                caution=NO_KEYS,
            ),
        ],
        samba=[
            changes(
                f"net ads enctypes set '{account}' {new} -U Administrator",
                says="AES128 and AES256 (24) in addition to the old types",
                on=controller(domain),
                needs="the password of Administrator",
                undo=f"net ads enctypes set '{account}' {old} -U Administrator",
                undo_says=f"if the attribute was absent: net ads enctypes delete '{account}' -U Administrator",
                verify=f"net ads enctypes list '{account}' -U Administrator",
                caution=NO_KEYS,
            ),
        ],
    )


KSETUP: Mapping[int, str] = {
    0x01: "DES-CBC-CRC",
    0x02: "DES-CBC-MD5",
    0x04: "RC4-HMAC-MD5",
    0x08: "AES128-CTS-HMAC-SHA1-96",
    0x10: "AES256-CTS-HMAC-SHA1-96",
}
"""The bits of msDS-SupportedEncryptionTypes (MS-KILE 2.2.7) as ksetup names them."""


def ksetup_types(bits: int) -> str:
    """Returns the arguments of ksetup /setenctypeattr; it has no names for other bits."""
    return " ".join(name for bit, name in KSETUP.items() if bits & bit)


def types_of(old: int | None) -> dict[str, str]:
    """Returns the values `was` and `now` of msDS-SupportedEncryptionTypes: AES is added, nothing is removed."""
    return {"was": str(old or 0), "now": str((old or 0) | AES_BITS)}
