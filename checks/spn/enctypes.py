"""The storage's account supports AES, and its attribute states this explicitly.

msDS-SupportedEncryptionTypes defines the encryption types that the storage supports. Where it is absent, the KDC uses
the default of the domain, which no longer contains RC4 after the updates of April 2026 (CVE-2026-20833): a storage
that has an RC4 key only then gets tickets that it cannot decrypt. Where the attribute contains RC4 only, the KDC
never issues AES tickets.

Evidence: the account of the storage in the directory of its domain.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import Account, Directories
from krbcheck.facts.observation import Observed
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site, Storage
from krbcheck.windows.common_steps import purge_tickets
from krbcheck.windows.key_steps import encryption_types, types_of
from krbcheck.windows.remedy import looks

AES_BITS = 0x18
"""AES128 0x8, AES256 0x10 (MS-KILE 2.2.7)."""
SET = (
    looks(
        says="Make sure that the storage has AES keys: its password was set after the domain got AES "
        "(Windows Server 2008), and it supports AES",
        on="{storage}",
    ),
    *encryption_types("{account}", "{domain}", "{was}", "{now}"),
    purge_tickets("the hosts that use {storage}"),
)
NO_AES = Problem(
    "no-aes",
    Severity.ERROR,
    says="{subject} does not support AES: {found}",
    remedy=SET,
    means="After April 2026 KDCs issue RC4 tickets only for accounts with an explicit exception, and "
    "controllers of Windows Server 2025 issue no RC4 TGT.",
    explains=[
        explains("ticket.enctype/rc4", "ticket.enctype/des", same="storage"),
        explains("ticket.service/no-common-enctype", same="storage", where={"result": "refused", "error": "14"}),
    ],
)
IMPLICIT = Problem(
    "implicit",
    Severity.WARNING,
    says="{subject} does not define its encryption types, so the changing default of the domain applies",
    remedy=SET,
    means="DefaultDomainSupportedEncTypes changes from 0x27 to 0x18 in April 2026. A storage without AES "
    "keys then fails.",
    explains=[
        explains("ticket.enctype/rc4", "ticket.enctype/des", same="storage"),
        explains("ticket.service/no-common-enctype", same="storage", where={"result": "refused", "error": "14"}),
    ],
)


def _judged(storage: Storage, account: Account, seen: Observed[object]) -> Verdict:
    subject = storage.account
    names = {"account": account.sam, "domain": storage.domain, "expected": "AES (0x18)", "storage": storage.name}
    names |= types_of(account.etypes)
    if account.etypes is None or account.etypes == 0:
        return IMPLICIT(subject, seen, found="attribute absent", **names)
    if not account.etypes & AES_BITS:
        return NO_AES(subject, seen, found=f"msDS-SupportedEncryptionTypes 0x{account.etypes:x}", **names)
    return fine(subject, seen)


@check(
    id="spn.enctypes",
    title="Every storage's account supports AES explicitly",
    tells="The encryption types that each storage's account supports after the changes of 2026.",
    problems=[NO_AES, IMPLICIT],
    refs=["MS-KILE 2.2.7", "CVE-2026-20833 (KB5073381)", "KB5021131"],
)
def spn_enctypes(site: Site, directories: Directories) -> Iterator[Verdict]:
    for storage in site.storages:
        seen = directories.account(storage.account)
        match seen:
            case Observed(value=value) if value.found:
                yield _judged(storage, value.found[0], seen)
            case Observed():
                yield unknown(storage.account, says=f"{storage.domain} does not contain this account")
            case None:
                yield unknown(storage.account, says=f"the directory of {storage.domain} was not read")
            case silent:
                yield unknown(storage.account, silent)
