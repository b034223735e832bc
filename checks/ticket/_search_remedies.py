"""The steps for a ticket that a forest search order decides, or one of several servers."""

from __future__ import annotations

from krbcheck.windows.common_steps import (
    AD_MODULE,
    AES,
    AES_BITS,
    ELEVATED,
    controller,
    purge_tickets,
    replicate,
    show_account,
)
from krbcheck.windows.key_steps import NO_KEYS
from krbcheck.windows.remedy import changes, looks, variants

TYPES = "msDS-SupportedEncryptionTypes"
RC4_TOO = AES_BITS | 0x4

STATE = (
    looks(
        says="Both policies already contain {forest}: in the site file, under domains: {home}, set "
        "forest_search_order: "
        "[{order}]",
        on="the host of krbcheck",
    ),
)
CONSOLE = "Group Policy Management Editor: Computer Configuration > Policies > Administrative Templates > System > "
POLICY = (
    changes(
        says=CONSOLE + "Kerberos > Use forest search order: append {forest} to the list, for the hosts",
        on=controller("{home}"),
        needs="the right to edit the policy",
        undo_says="restore the old list",
    ),
    changes(
        says=CONSOLE
        + "KDC > Use forest search order: append {forest} to the list, for the domain controllers of {home}",
        on=controller("{home}"),
        needs="the right to edit the policy",
        undo_says="restore the old list",
    ),
    changes(
        "gpupdate /force",
        on="the hosts and the domain controllers of {home}",
        needs=ELEVATED,
        undo_says="nothing to revert: the policy is applied again within 90 minutes in any case",
    ),
    purge_tickets("the hosts"),
)
WAIT = (
    looks(
        "klist get {service}",
        says="Verify after 15 minutes, because hosts cache the error for that long",
        on="a host",
        shows="a ticket for {service}",
    ),
)
EXPLAIN = (looks("krbcheck explain {code}", on="the host of krbcheck"),)
LIKE_THE_OTHERS = (
    *replicate("{worse}"),
    changes(
        "gpupdate /force",
        says="Every domain controller of {home} needs the same Use forest search order in its KDC policy",
        on="{worse}",
        needs=ELEVATED,
        undo_says="nothing to revert: the policy is applied again within 90 minutes in any case",
    ),
)
REPLICATE = replicate("{worse}")
SUFFIXES = (
    looks(
        "netdom trust {home} /namesuffixes:{storage_domain}",
        says="List the name suffixes of the trust with their numbers, and repeat for each trust of {home}",
        on=controller("{home}"),
        needs="Domain Admins",
    ),
    changes(
        "netdom trust {home} /namesuffixes:OTHER /togglesuffix:NUMBER",
        says="For each trust OTHER that routes the suffix, until only the trust to {storage_domain} routes it",
        on=controller("{home}"),
        needs="Domain Admins",
        undo="netdom trust {home} /namesuffixes:OTHER /togglesuffix:NUMBER",
        verify="klist get {service}",
        caution="services of OTHER with names below this suffix get no ticket any more",
    ),
    *WAIT,
)
STORAGE = "Get-ADObject -Filter \"sAMAccountName -eq '{storage_account}'\" -Server {storage_domain}"
ALLOW = (
    looks(
        STORAGE + " | ForEach-Object {{ dsacls $_.DistinguishedName }}",
        says="Write down the permissions",
        on=controller("{storage_domain}"),
        needs="the ActiveDirectory module",
    ),
    changes(
        STORAGE + " | ForEach-Object {{ dsacls $_.DistinguishedName /G 'GROUP:CA;Allowed to Authenticate' }}",
        says="GROUP is the group of the hosts, with its domain",
        on=controller("{storage_domain}"),
        needs="write access to the permissions of the account",
        undo_says="Active Directory Users and Computers > Security: remove the entry of the group",
        verify="klist get {service}",
    ),
)
AES_KEYS = (
    looks(
        says="Make sure that the storage has AES keys: its password was set after the domain got AES "
        "(Windows Server "
        "2008), and it supports AES"
    ),
    *show_account("{storage_account}", "{storage_domain}", TYPES, "Write down the old value"),
    *variants(
        "{storage_domain}",
        windows=[
            changes(
                f"{STORAGE} -Properties {TYPES} | ForEach-Object {{{{ Set-ADObject $_ -Replace "
                f"@{{{{'{TYPES}'=($_.'{TYPES}' -bor {AES_BITS})}}}} }}}}",
                says="AES128 and AES256 (24) in addition to the old types",
                on=controller("{storage_domain}"),
                needs=AD_MODULE,
                undo_says=f"Set-ADObject -Replace with the old value, or -Clear {TYPES} if there was none",
                caution=NO_KEYS,
            )
        ],
        samba=[
            changes(
                f"net ads enctypes set '{{storage_account}}' {RC4_TOO} -U Administrator",
                says="RC4, AES128 and AES256 (28); add the other types of the old value",
                on=controller("{storage_domain}"),
                needs="the password of Administrator",
                undo_says="net ads enctypes set with the old value, or net ads enctypes delete if there was none",
                verify="net ads enctypes list '{storage_account}' -U Administrator",
                caution=NO_KEYS,
            )
        ],
    ),
    changes(
        "ksetup /setenctypeattr {storage_domain} " + AES,
        says="If trust.enctypes reports the trust, set its encryption types",
        on=controller("{home}"),
        needs="Domain Admins",
        undo_says="ksetup /setenctypeattr with the types that ksetup /getenctypeattr {storage_domain} shows before",
        verify="klist get {service}",
    ),
)
