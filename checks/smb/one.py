"""Checks that SMB 1 is disabled.

SMB 1 does not protect against an attacker in the middle, and WannaCry spread through it. Nothing in a private cloud
needs it, and a compromised host of one tenant can use it to attack the storage of all tenants. krbcheck offers the
single dialect "NT LM 0.12" to each data path in an SMB 1 negotiate. A storage without SMB 1 closes the connection
without a response (MS-SMB2 3.3.5.3.2) or responds that it supports none of the dialects; a storage that selects the
dialect has SMB 1 enabled. The test uses no credential.

Evidence: the reply to SMB_COM_NEGOTIATE, or the closed connection.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SmbSpeeches
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine
from krbcheck.site.stated import Site
from krbcheck.views.query_gaps import seen_or_why
from krbcheck.windows.common_steps import ELEVATED, ROOT
from krbcheck.windows.remedy import looks, variants
from krbcheck.windows.server_steps import samba_setting, server_setting

from ._wording import in_the_dark

NO_DIALECT = 0xFFFF

ENABLED = Problem(
    "enabled",
    Severity.ERROR,
    says="{subject} supports SMB 1",
    remedy=variants(
        "{storage}",
        windows=(
            looks(
                "Get-SmbSession | Where-Object Dialect -lt 2",
                on="{storage}",
                needs=ELEVATED,
                shows="no session: no client uses SMB 1",
            ),
            *server_setting(
                "{storage}",
                "EnableSMB1Protocol $false",
                "EnableSMB1Protocol $true",
                caution="clients that support SMB 1 only can no longer connect",
            ),
        ),
        samba=(
            looks("smbstatus -b", on="{storage}", needs=ROOT, shows="no client with the protocol NT1"),
            *samba_setting(
                "{storage}",
                "global",
                "server min protocol = SMB2_02",
                caution="clients that support SMB 1 only can no longer connect",
            ),
        ),
        vmstore=[looks(says="Disable SMB 1 in the SMB settings", on="the VMstore user interface of {storage}")],
    ),
    means="SMB 1 allows relay and downgrade attacks and contains the flaws that EternalBlue used. An attacker who "
    "can connect to the port needs no account to try them.",
    together=["storage"],
)


@check(
    id="smb.one",
    title="SMB 1 is disabled at every data path",
    tells="Whether the storage still accepts SMB 1.",
    problems=[ENABLED],
    refs=["MS-SMB2 3.3.5.3.2", "MS-CIFS 2.2.4.52", "CVE-2017-0144"],
)
def smb_one(site: Site, speeches: SmbSpeeches, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        answers = (speech.seen for speech in speeches.one(tenant.name, path.name))
        seen = seen_or_why(answers, vantages, tenant.name)
        if not isinstance(seen, Observed):
            yield in_the_dark(path.name, seen, tenant.name)
        elif not seen.value.closed and seen.value.dialect_index != NO_DIALECT:
            yield ENABLED(
                path.name,
                seen,
                tenant=tenant.name,
                expected="no dialect selected for an SMB 1 negotiate",
                found=seen.value.summary(),
                storage=path.storage,
            )
        else:
            yield fine(path.name, seen, tenant=tenant.name)
