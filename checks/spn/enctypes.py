"""The storage's account must have AES keys, and should say so.

msDS-SupportedEncryptionTypes tells the KDC which keys the storage can use. Where it is absent the KDC takes the
domain's default, which loses RC4 with the updates of April 2026 (CVE-2026-20833): a storage that only has an RC4 key
then gets tickets it cannot open. Where it names RC4 alone, AES tickets are never issued.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import Account, Directories
from krbcheck.facts.observation import Observed
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site

AES_BITS = 0x18
"""AES128 0x8, AES256 0x10 (MS-KILE 2.2.7)."""
SET = (
    "Set-ADComputer -Identity '{account}' -Server {domain} -KerberosEncryptionType AES128,AES256; then join the "
    "storage to the domain again: AES keys are made when the password is set"
)
NO_AES = Problem(
    "no-aes",
    Severity.ERROR,
    says="{subject} takes no AES: {found}",
    remedy=SET,
    means="KDCs after April 2026 issue RC4 by explicit exception only, and WS2025 controllers no RC4 TGT at all.",
)
IMPLICIT = Problem(
    "implicit",
    Severity.WARNING,
    says="{subject} does not say which encryption types it takes: the domain's default decides, and it changes",
    remedy=SET,
    means="DefaultDomainSupportedEncTypes goes from 0x27 to 0x18 in April 2026. A storage without AES keys stops then.",
)


def _judged(subject: str, account: Account, seen: Observed[object], domain: str) -> Verdict:
    names = {"account": account.sam, "domain": domain, "expected": "AES (0x18)"}
    if account.etypes is None or account.etypes == 0:
        return IMPLICIT(subject, seen, found="attribute absent", **names)
    if not account.etypes & AES_BITS:
        return NO_AES(subject, seen, found=f"msDS-SupportedEncryptionTypes 0x{account.etypes:x}", **names)
    return fine(subject, seen)


@check(
    id="spn.enctypes",
    title="Every storage's account takes AES, and says so",
    tells="What each storage's account can decrypt, after the defaults of 2026.",
    problems=[NO_AES, IMPLICIT],
    refs=["MS-KILE 2.2.7", "CVE-2026-20833 (KB5073381)", "KB5021131"],
)
def spn_enctypes(site: Site, directories: Directories) -> Iterator[Verdict]:
    for storage in site.storages:
        seen = directories.account(storage.account)
        match seen:
            case Observed(value=value) if value.found:
                yield _judged(storage.account, value.found[0], seen, storage.domain)
            case Observed():
                yield unknown(storage.account, says=f"{storage.domain} has no such account")
            case None:
                yield unknown(storage.account, says=f"the directory of {storage.domain} was not read")
            case silent:
                yield unknown(storage.account, silent)
