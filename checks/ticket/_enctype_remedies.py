"""The steps where an account and a KDC support no common encryption type: at the KDC, or at the account."""

from __future__ import annotations

from krbcheck.windows.common_steps import AES_BITS, ELEVATED, ROOT
from krbcheck.windows.key_steps import encryption_types
from krbcheck.windows.remedy import Remedy, changes, looks, variants
from krbcheck.windows.server_steps import samba_global_value

POLICY = "'Network security: Configure encryption types allowed for Kerberos'"
SETTING = "kdc supported enctypes"
AT_KDC = variants(
    "{kdc}",
    windows=[
        looks(
            "gpresult /scope computer /h policy.html",
            says=f"Other domain controllers issue TGTs to the same accounts: compare {POLICY} of {{kdc}} with theirs",
            on="{kdc}",
            needs=ELEVATED,
            shows="the group policy object that sets it, and the types; AES128 and AES256 must be among them",
        ),
        changes(
            says="Group Policy Management > that group policy object > Edit > Computer Configuration > Policies > "
            f"Windows Settings > Security Settings > Local Policies > Security Options > {POLICY}: select AES128 and "
            "AES256 in addition to the types of today; if {kdc} is in another OU than the other domain controllers, "
            "move it back instead",
            on="{kdc}",
            needs="write access to the group policy object",
            undo_says="clear the two types again",
        ),
        changes(
            "gpupdate /target:computer /force",
            on="{kdc}",
            needs=ELEVATED,
            undo_says="nothing to revert: the policy is applied every 5 minutes",
        ),
    ],
    samba=[
        looks(
            f"testparm -s --parameter-name='{SETTING}'",
            says="Other domain controllers issue TGTs to the same accounts: compare the setting with theirs",
            on="{kdc}",
            shows="0, which is all types, or a sum with 8 (AES128) and 16 (AES256); 4 is RC4 only",
        ),
        *samba_global_value(
            "{kdc}", SETTING, "aes128-cts-hmac-sha1-96 aes256-cts-hmac-sha1-96", add=True, reload=False
        ),
        changes(
            "systemctl restart samba-ad-dc",
            says="The KDC reads the setting when it starts",
            on="{kdc}",
            needs=ROOT,
            undo_says="nothing to revert: the same service runs again",
            caution="{kdc} answers no queries for some seconds; hosts use the other domain controllers",
            interrupts=True,
        ),
    ],
)
KEYS = (
    looks(
        says="If the account has no AES keys: a Windows host gets them with Reset-ComputerMachinePassword, "
        "an account of "
        "a service with a new password, and then its keytab is created again"
    ),
)
ADD_AES = encryption_types("{account}", "{domain}", "{was}", "{now}")


def enctype_steps(etypes: int | None, elsewhere: bool) -> Remedy:
    """The steps for an account with these msDS-SupportedEncryptionTypes; `elsewhere` if another KDC issued a TGT with
    the same key.
    """
    if elsewhere:
        return AT_KDC
    return KEYS if etypes and etypes & AES_BITS == AES_BITS else (*ADD_AES, *KEYS)
