"""SMB 1 must be off: it is the way that WannaCry came, and nothing in a private cloud needs it.

SMB 1 has no protection against a man in the middle worth the name, and its code is thirty years old. A host that is
taken over in one tenant's network reaches the storage of all of them through it. Each data path is offered the one
dialect "NT LM 0.12" in an SMB 1 negotiate. A storage without SMB 1 closes the connection without an answer
(MS-SMB2 3.3.5.3.2) or says that it knows no such dialect; one that chooses it has SMB 1 on. No credential is used.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SmbSpeeches
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine
from krbcheck.site.stated import Site

from ._asked import in_the_dark, seen_or_why

NO_DIALECT = 0xFFFF

ENABLED = Problem(
    "enabled",
    Severity.ERROR,
    says="{subject} speaks SMB 1",
    remedy="On {storage}: Set-SmbServerConfiguration -EnableSMB1Protocol $false (Windows), "
    "'server min protocol = SMB2_02' in smb.conf (Samba), or the SMB settings of the appliance",
    means="SMB 1 is open to relaying, to downgrades and to the flaws that EternalBlue used; whoever can reach the "
    "port can try them, with or without an account.",
)


@check(
    id="smb.one",
    title="SMB 1 is off at every data path",
    tells="Whether the storage still accepts SMB 1.",
    problems=[ENABLED],
    refs=["MS-SMB2 3.3.5.3.2", "MS-CIFS 2.2.4.52", "CVE-2017-0144"],
)
def smb_one(site: Site, speeches: SmbSpeeches, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        answers = (one.seen for one in speeches.one(tenant.name, path.name))
        seen = seen_or_why(answers, vantages, tenant.name)
        if not isinstance(seen, Observed):
            yield in_the_dark(path.name, seen, tenant.name)
        elif not seen.value.closed and seen.value.dialect_index != NO_DIALECT:
            yield ENABLED(
                path.name,
                seen,
                tenant=tenant.name,
                expected="no answer to an SMB 1 negotiate",
                found=seen.value.told(),
                storage=path.storage,
            )
        else:
            yield fine(path.name, seen, tenant=tenant.name)
