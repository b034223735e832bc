"""The steps for a key or keytab that is not the one of the account, by the kind of the account."""

from __future__ import annotations

from krbcheck.windows.common_steps import ELEVATED, ROOT, controller, repair_secure_channel
from krbcheck.windows.remedy import changes, looks, variants

_EXPORT = (
    changes(
        "samba-tool domain exportkeytab NEW.keytab --principal='{subject}'",
        says="Then replace the keytab that the site file names; the password of the account does not change",
        on=controller("{domain}"),
        needs=ROOT,
        undo_says="restore the old file",
    ),
)
OF_COMPUTER = (
    looks(
        "Test-ComputerSecureChannel",
        says="Is the account itself in order? On a live host, True means that only the keytab of krbcheck is old",
        on="the host {account}",
        needs=ELEVATED,
    ),
    repair_secure_channel(
        "the host {account}", "Only if the output is False: sets a new machine password on the host and in the domain"
    ),
    *variants(
        "{domain}",
        windows=[
            looks(
                says="Never set the password of a live host with ktpass /pass: its secure channel breaks. A "
                "keytab of a "
                "live host becomes invalid with each change of its password: state a credential cache of the host, or "
                "a computer account that no host uses, with a keytab of its own"
            )
        ],
        samba=_EXPORT,
    ),
)
OF_USER = (
    *variants(
        "{domain}",
        windows=[
            changes(
                "ktpass /princ '{subject}' /mapuser '{account}' /ptype KRB5_NT_PRINCIPAL /crypto AES256-SHA1 /pass "
                "* -setpass "
                "-setupn /out NEW.keytab",
                says="Enter the current password, which -setpass keeps; then replace the keytab that the site "
                "file names",
                on=controller("{domain}"),
                needs="Domain Admins and the current password",
                undo_says="restore the old file",
            )
        ],
        samba=_EXPORT,
    ),
)
