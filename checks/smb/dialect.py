"""Hyper-V keeps virtual machines on SMB storage only with SMB 3.0 or newer.

Older dialects lack what a running virtual machine needs when a link or a node fails: handles that survive, more than
one channel, encryption. Every dialect from 2.0.2 to 3.1.1 is offered to each data path, from its tenant's own leg, and
the storage answers with the newest that it has in common (MS-SMB2 3.3.5.4). No credential is used.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.place import Vantages
from krbcheck.facts.storage import SmbNegotiated, SmbSpeeches, dialect_name
from krbcheck.model import Observed, Problem, Severity, Verdict, check, fine, unknown
from krbcheck.ntstatus_codes import STATUS_NOT_SUPPORTED, STATUS_SUCCESS, ntstatus_name
from krbcheck.site import Site

from ._asked import in_the_dark, seen_or_why

SMB_3_0 = 0x0300

TOO_OLD = Problem(
    "too-old",
    Severity.ERROR,
    says="{subject} speaks SMB {found} at best; Hyper-V needs 3.0 or newer",
    remedy="On {storage}, let SMB 3 be spoken: a VMstore or another appliance by a firmware that has it, Samba by "
    "'server max protocol = SMB3' in smb.conf, Windows by version 2012 or newer and "
    "Set-SmbServerConfiguration -EnableSMB2Protocol $true (that switch is for SMB 3 too)",
    means="A host refuses to create or start virtual machines on a share below SMB 3.0, or loses them at the first "
    "interruption of the network.",
)


@check(
    id="smb.dialect",
    title="Every data path speaks SMB 3.0 or newer",
    tells="The newest SMB dialect that each data path offers.",
    problems=[TOO_OLD],
    refs=["MS-SMB2 2.2.4 (DialectRevision)", "MS-SMB2 3.3.5.4"],
)
def smb_dialect(site: Site, speeches: SmbSpeeches, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        answers = (one.seen for one in speeches.newer(tenant.name, path.name))
        seen = seen_or_why(answers, vantages, tenant.name)
        if not isinstance(seen, Observed):
            yield in_the_dark(path.name, seen, tenant.name)
        elif (newest := _newest(seen.value)) is None:
            says = f"NEGOTIATE is refused with {ntstatus_name(seen.value.status)}"
            yield unknown(path.name, seen, tenant=tenant.name, says=says)
        elif newest < SMB_3_0:
            found = dialect_name(newest) if newest else "1"
            yield TOO_OLD(
                path.name, seen, tenant=tenant.name, expected="3.0 or newer", found=found, storage=path.storage
            )
        else:
            yield fine(path.name, seen, tenant=tenant.name)


def _newest(said: SmbNegotiated) -> int | None:
    """0 where none of the dialects of SMB 2 and 3 is known to the storage; None where it does not say."""
    if said.status == STATUS_NOT_SUPPORTED:
        return 0
    return said.dialect if said.status == STATUS_SUCCESS else None
