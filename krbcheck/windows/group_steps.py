"""Steps that change the members of a group. The arguments are templates."""

from __future__ import annotations

from krbcheck.windows.common_steps import ROOT, controller
from krbcheck.windows.remedy import Remedy, changes, variants

NEEDS = "the ActiveDirectory module and write access to the group"


def add_member(group: str, account: str, domain: str, says: str = "") -> Remedy:
    """Adds an account of `domain` to a group. `group` and `account` are names without a domain."""
    member = f"(Get-ADObject -Filter \"sAMAccountName -eq '{account}'\" -Server {domain})"
    return variants(
        domain,
        windows=[
            changes(
                f"Add-ADGroupMember -Identity '{group}' -Members {member}",
                says=says,
                on="a domain controller of the group's domain",
                needs=NEEDS,
                undo=f"Remove-ADGroupMember -Identity '{group}' -Members {member} -Confirm:$false",
            )
        ],
        samba=[
            changes(
                f"samba-tool group addmembers '{group}' '{account}'",
                on=controller(domain),
                needs=ROOT,
                undo=f"samba-tool group removemembers '{group}' '{account}'",
                verify=f"samba-tool group listmembers '{group}'",
                shows=f"the list contains {account}",
            )
        ],
    )
