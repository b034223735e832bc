"""Checks that every data path supports SMB 3.0 or newer, which Hyper-V requires.

Older dialects lack what a running virtual machine needs when a link or a node fails: persistent handles, several
channels, encryption. From an address of each tenant, krbcheck offers every dialect from 2.0.2 to 3.1.1 to each data
path, and the storage selects the newest common dialect (MS-SMB2 3.3.5.4). Then krbcheck offers each dialect alone,
which also shows the oldest. SMB 2.0.2 and 2.1 do not support encryption and do not protect well against a downgrade:
disable them as soon as no host needs them. The test uses no credential.

Evidence: the reply to NEGOTIATE of each dialect.
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
from krbcheck.views.query_gaps import seen_or_why
from krbcheck.windows.common_steps import ELEVATED, ROOT
from krbcheck.windows.ntstatus import STATUS_NOT_SUPPORTED, STATUS_SUCCESS, ntstatus_name
from krbcheck.windows.remedy import looks, variants
from krbcheck.windows.server_steps import samba_setting, server_setting

from ._wording import in_the_dark

SMB_3_0 = 0x0300

TOO_OLD = Problem(
    "too-old",
    Severity.ERROR,
    says="{subject} supports SMB {found} at most; Hyper-V requires 3.0 or newer",
    remedy=variants(
        "{storage}",
        windows=server_setting(
            "{storage}",
            "EnableSMB2Protocol $true",
            "EnableSMB2Protocol $false",
            caution="Windows Server 2012 or newer: the setting covers SMB 3 too",
        ),
        samba=samba_setting("{storage}", "global", "server max protocol = SMB3"),
        vmstore=[looks(says="Install a firmware that supports SMB 3", on="the VMstore user interface of {storage}")],
    ),
    means="A host refuses to create or start virtual machines on a share below SMB 3.0, or loses them at the first "
    "network interruption.",
    together=["storage"],
)

OLD_TOO = Problem(
    "old-too",
    Severity.NOTE,
    says="{subject} supports SMB {old} in addition to {newest}",
    remedy=(
        looks(
            says="No fix is needed while older clients use the storage: Windows 8 and Server 2012 or newer use SMB 3"
        ),
        *variants(
            "{storage}",
            windows=(
                looks(
                    "Get-SmbSession | Select-Object ClientComputerName, Dialect",
                    on="{storage}",
                    needs=ELEVATED,
                    shows="no client with a dialect below 3.0",
                ),
                *server_setting(
                    "{storage}",
                    "Smb2DialectMin SMB300",
                    "Smb2DialectMin None",
                    caution="Windows Server 2025 only; clients below SMB 3.0 can no longer connect",
                ),
            ),
            samba=(
                looks("smbstatus -b", on="{storage}", needs=ROOT, shows="no client with a protocol below SMB3_00"),
                *samba_setting(
                    "{storage}",
                    "global",
                    "server min protocol = SMB3",
                    caution="clients below SMB 3.0 can no longer connect",
                ),
            ),
            vmstore=[
                looks(
                    says="Raise the minimum SMB dialect, if this version has the setting",
                    on="the VMstore user interface of {storage}",
                )
            ],
        ),
    ),
    means="An attacker between a host and the storage can try to downgrade the connection to the older dialect, "
    "which does not support encryption.",
)


@check(
    id="smb.dialect",
    title="Every data path supports SMB 3.0 or newer",
    tells="The newest and the oldest SMB dialect that each data path supports.",
    problems=[TOO_OLD, OLD_TOO],
    refs=["MS-SMB2 2.2.4 (DialectRevision)", "MS-SMB2 3.3.5.4"],
)
def smb_dialect(site: Site, speeches: SmbSpeeches, dialects: SmbDialects, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        answers = (speech.seen for speech in speeches.newer(tenant.name, path.name))
        seen = seen_or_why(answers, vantages, tenant.name)
        if not isinstance(seen, Observed):
            yield in_the_dark(path.name, seen, tenant.name)
        elif (newest := _newest(seen.value)) is None:
            says = f"{path.name} rejects NEGOTIATE with {ntstatus_name(seen.value.status)}"
            yield unknown(path.name, seen, tenant=tenant.name, says=says)
        elif newest < SMB_3_0:
            found = dialect_name(newest) if newest else "1"
            yield TOO_OLD(
                path.name, seen, tenant=tenant.name, expected="3.0 or newer", found=found, storage=path.storage
            )
        else:
            each = first_seen(dialect.seen for dialect in dialects.of(tenant.name, path.name))
            yield _new_enough(tenant, path, seen, each)


def _new_enough(
    tenant: Tenant, path: DataPath, seen: Observed[SmbNegotiated], each: Observation[DialectReplies] | None
) -> Verdict:
    """Judges the older dialects of a storage that supports 3.0 or newer."""
    spoken = each.value.spoken if isinstance(each, Observed) else ()
    old = [dialect_name(negotiated.dialect) for negotiated in spoken if negotiated.dialect < SMB_3_0]
    grounds = (seen, each) if isinstance(each, Observed) else (seen,)
    if not old:
        return fine(path.name, *grounds, tenant=tenant.name)
    newest = dialect_name(seen.value.dialect)
    return OLD_TOO(
        path.name,
        *grounds,
        tenant=tenant.name,
        expected="3.0 or newer only",
        found=", ".join((*old, newest)),
        old=" and ".join(old),
        newest=newest,
        storage=path.storage,
    )


def _newest(said: SmbNegotiated) -> int | None:
    """Returns the newest dialect; 0 where the storage supports no dialect of SMB 2 or 3; None where its answer does not
    contain one.
    """
    if said.status == STATUS_NOT_SUPPORTED:
        return 0
    return said.dialect if said.status == STATUS_SUCCESS else None
