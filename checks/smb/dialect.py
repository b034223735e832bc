"""Hyper-V keeps virtual machines on SMB storage only with SMB 3.0 or newer.

Older dialects lack what a running virtual machine needs when a link or a node fails: handles that survive, more than
one channel, encryption. Every dialect from 2.0.2 to 3.1.1 is offered to each data path, from its tenant's own leg, and
the storage answers with the newest that it has in common (MS-SMB2 3.3.5.4); then each dialect is offered by itself,
which shows the oldest as well. SMB 2.0.2 and 2.1 have no encryption and no protection against a downgrade worth the
name; as long as a host uses them they must stay, after that they need not. No credential is used.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import first_seen
from krbcheck.facts.observation import Observation, Observed
from krbcheck.facts.smb import SmbNegotiated, SmbSpeeches, dialect_name
from krbcheck.facts.smb_features import DialectReplies, SmbDialects
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.windows.ntstatus import STATUS_NOT_SUPPORTED, STATUS_SUCCESS, ntstatus_name

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

OLD_TOO = Problem(
    "old-too",
    Severity.NOTE,
    says="{subject} speaks SMB {old} beside {newest}",
    remedy="Once no host needs them, on {storage}: 'server min protocol = SMB3' in smb.conf (Samba), Set-"
    "SmbServerConfiguration -Smb2DialectMin SMB300 (Windows Server 2025), or the appliance's setting; hosts since "
    "Windows 8 and Server 2012 speak 3.0",
    means="Whoever sits between a host and the storage can try to have them agree on the older dialect, which cannot "
    "encrypt.",
)


@check(
    id="smb.dialect",
    title="Every data path speaks SMB 3.0 or newer",
    tells="The newest and the oldest SMB dialect that each data path offers.",
    problems=[TOO_OLD, OLD_TOO],
    refs=["MS-SMB2 2.2.4 (DialectRevision)", "MS-SMB2 3.3.5.4"],
)
def smb_dialect(site: Site, speeches: SmbSpeeches, dialects: SmbDialects, vantages: Vantages) -> Iterator[Verdict]:
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
            each = first_seen(one.seen for one in dialects.of(tenant.name, path.name))
            yield _new_enough(tenant, path, seen, each)


def _new_enough(
    tenant: Tenant, path: DataPath, seen: Observed[SmbNegotiated], each: Observation[DialectReplies] | None
) -> Verdict:
    """The storage is as new as it should be, whatever is known of its older dialects."""
    spoken = each.value.spoken if isinstance(each, Observed) else ()
    old = [dialect_name(one.dialect) for one in spoken if one.dialect < SMB_3_0]
    grounds = (seen, each) if isinstance(each, Observed) else (seen,)
    if not old:
        return fine(path.name, *grounds, tenant=tenant.name)
    newest = dialect_name(seen.value.dialect)
    return OLD_TOO(
        path.name,
        *grounds,
        tenant=tenant.name,
        expected="3.0 or newer alone",
        found=", ".join((*old, newest)),
        old=" and ".join(old),
        newest=newest,
        storage=path.storage,
    )


def _newest(said: SmbNegotiated) -> int | None:
    """0 where none of the dialects of SMB 2 and 3 is known to the storage; None where it does not say."""
    if said.status == STATUS_NOT_SUPPORTED:
        return 0
    return said.dialect if said.status == STATUS_SUCCESS else None
