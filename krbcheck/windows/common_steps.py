"""Steps that several remedies share. The arguments are templates, which the finding's values fill."""

from __future__ import annotations

import msgspec

from krbcheck.windows.remedy import Remedy, RemedyStep, StepClass, changes, fill, looks, variants

SAM = "/var/lib/samba/private/sam.ldb"
AES = "AES128-CTS-HMAC-SHA1-96 AES256-CTS-HMAC-SHA1-96"
AES_BITS = 0x18
"""AES128 0x8, AES256 0x10 (MS-KILE 2.2.7)."""
ELEVATED = "an elevated prompt"
ROOT = "root"
AD_MODULE = "the ActiveDirectory module and write access to the account"
SMB_CONF = "/etc/samba/smb.conf"
STORAGE_ADMINISTRATOR = "an administrator of the storage"
TOOLKIT = "the Tintri Automation Toolkit, after Connect-TintriServer"
OLD_KEY = "sessions with tickets for the old key are rejected until the hosts get new tickets"
TICKETS_COME_AGAIN = "nothing to revert: the host requests new tickets"


def controller(domain: str) -> str:
    return f"a domain controller of {domain}"


def hosts_of(tenant: str) -> str:
    return f"each host of {tenant}"


def register_spn(spn: str, account: str, domain: str) -> Remedy:
    return variants(
        domain,
        windows=[
            changes(
                f"setspn -S {spn} '{account}'",
                on=controller(domain),
                needs=f"write access to servicePrincipalName of {account}",
                undo=f"setspn -D {spn} '{account}'",
                verify=f"setspn -Q {spn}",
                shows=f"the output lists {account} only",
            )
        ],
        samba=[
            changes(
                f"samba-tool spn add '{spn}' '{account}'",
                on=controller(domain),
                needs=ROOT,
                undo=f"samba-tool spn delete '{spn}' '{account}'",
                verify=f"samba-tool spn list '{account}'",
                shows=f"the list contains {spn}",
            )
        ],
    )


def unregister_spn(spn: str, account: str, domain: str, caution: str = "") -> Remedy:
    caution = caution or f"first make sure that no host uses {spn} for {account}"
    return variants(
        domain,
        windows=[
            changes(
                f"setspn -D {spn} '{account}'",
                on=controller(domain),
                needs=f"write access to servicePrincipalName of {account}",
                undo=f"setspn -S {spn} '{account}'",
                verify=f"setspn -L '{account}'",
                shows=f"the list does not contain {spn}",
                caution=caution,
            )
        ],
        samba=[
            changes(
                f"samba-tool spn delete '{spn}' '{account}'",
                on=controller(domain),
                needs=ROOT,
                undo=f"samba-tool spn add '{spn}' '{account}'",
                verify=f"samba-tool spn list '{account}'",
                shows=f"the list does not contain {spn}",
                caution=caution,
            )
        ],
    )


def purge_tickets(host: str) -> RemedyStep:
    """New tickets for the computer account; the open SMB sessions remain."""
    return changes(
        "klist -li 0x3e7 purge",
        on=host,
        needs=ELEVATED,
        undo_says=TICKETS_COME_AGAIN,
        verify="klist -li 0x3e7",
        shows="only tickets that were issued after the change",
    )


def new_tickets(account: str) -> Remedy:
    """The step after which an account (`name@REALM`) has tickets with its groups of today: at the host of a computer
    account, in the logon session of another.
    """
    name = account.partition("@")[0]
    of_host, of_user = NEW_TICKETS
    return fill([of_host if name.endswith("$") else of_user], {"host": name.removesuffix("$")})


NEW_TICKETS = (
    purge_tickets("the host {host}"),
    changes(
        "klist purge",
        on="the logon session of {host}",
        undo_says=TICKETS_COME_AGAIN,
        verify="klist",
        shows="only tickets that were issued after the change",
    ),
)
"""Templates for a computer account and for another account."""


def repair_secure_channel(computer: str, says: str = "Only if the output is False") -> RemedyStep:
    """A new machine password, on the computer and in its domain."""
    return changes(
        "Test-ComputerSecureChannel -Repair -Credential (Get-Credential)",
        says=says,
        on=computer,
        needs=ELEVATED,
        undo_says="not needed: the computer changes its password every 30 days automatically",
        verify="Test-ComputerSecureChannel",
        shows="True",
    )


def renew_machine_password(storage: str) -> tuple[Remedy, Remedy]:
    """The Windows and the Samba steps that give the storage the same key as its domain has."""
    windows = (
        looks("Test-ComputerSecureChannel", on=storage, needs=ELEVATED, shows="True"),
        repair_secure_channel(storage),
    )
    samba = (
        changes(
            "net ads join --no-dns-updates -U Administrator",
            says=f"Sets a new machine password, and with it a new key, in the domain and on {storage}; the account and "
            "its SPNs remain. net ads changetrustpw is not possible without the right key",
            on=storage,
            needs="root and the password of Administrator",
            undo_says="not possible: the old password is lost",
            verify="net ads testjoin",
            shows="Join is OK",
            caution=OLD_KEY,
            interrupts=True,
        ),
    )
    return windows, samba


def enable_account(account: str, domain: str) -> Remedy:
    return variants(
        domain,
        windows=[
            changes(
                f"Enable-ADAccount -Identity '{account}' -Server {domain}",
                on=controller(domain),
                needs=AD_MODULE,
                undo=f"Disable-ADAccount -Identity '{account}' -Server {domain}",
                caution="first find out why it was disabled: a compromised account must stay disabled",
            )
        ],
        samba=[
            changes(
                f"samba-tool user enable '{account}'",
                on=controller(domain),
                needs=ROOT,
                undo=f"samba-tool user disable '{account}'",
                caution="first find out why it was disabled: a compromised account must stay disabled",
            )
        ],
    )


def show_account(account: str, domain: str, attributes: str, says: str) -> Remedy:
    """`attributes` are separated by spaces. samba-tool user show does not find computer accounts."""
    return variants(
        domain,
        windows=[
            looks(
                f"Get-ADObject -Filter \"sAMAccountName -eq '{account}'\" -Server {domain} -Properties "
                + attributes.replace(" ", ","),
                says=says,
                on=controller(domain),
                needs="the ActiveDirectory module",
            )
        ],
        samba=[
            looks(
                f"ldbsearch -H {SAM} '(sAMAccountName={account})' {attributes}",
                says=says,
                on=controller(domain),
                needs=ROOT,
            )
        ],
    )


def clear_expiration(account: str, domain: str) -> Remedy:
    return show_account(account, domain, "accountExpires", "Write down the old value") + variants(
        domain,
        windows=[
            changes(
                f"Clear-ADAccountExpiration -Identity '{account}' -Server {domain}",
                on=controller(domain),
                needs=AD_MODULE,
                undo_says="Set-ADAccountExpiration with the old date",
            ),
        ],
        samba=[
            changes(
                f"samba-tool user setexpiry '{account}' --noexpiry",
                on=controller(domain),
                needs=ROOT,
                undo_says="samba-tool user setexpiry --days with the old date",
            ),
        ],
    )


def unlock_account(account: str, domain: str) -> Remedy:
    caution = "first find what sends the wrong password, or the account is locked again"
    return variants(
        domain,
        windows=[
            changes(
                f"Unlock-ADAccount -Identity '{account}' -Server {domain}",
                on=controller(domain),
                needs=AD_MODULE,
                undo_says="nothing to revert: the next wrong passwords lock it again",
                caution=caution,
            )
        ],
        samba=[
            changes(
                f"samba-tool user unlock '{account}'",
                on=controller(domain),
                needs=ROOT,
                undo_says="nothing to revert: the next wrong passwords lock it again",
                caution=caution,
            )
        ],
    )


def replicate(controller_name: str) -> Remedy:
    return variants(
        controller_name,
        windows=[
            looks(
                f"repadmin /showrepl {controller_name}",
                on=controller_name,
                shows="no replication error; a failing partner is the cause to fix first",
            ),
            changes(
                f"repadmin /syncall {controller_name} /A /e",
                on=controller_name,
                needs="Domain Admins",
                undo_says="nothing to revert: replication would do the same later",
            ),
        ],
        samba=[
            looks(
                "samba-tool drs showrepl",
                on=controller_name,
                shows="no replication error; a failing partner is the cause to fix first",
            ),
        ],
    )


def with_caution(remedy: Remedy, caution: str) -> Remedy:
    """The steps as ones that interrupt service, with their risk."""
    return tuple(
        msgspec.structs.replace(step, caution=caution, step_class=StepClass.INTERRUPTS)
        if step.step_class is not StepClass.LOOKS
        else step
        for step in remedy
    )
