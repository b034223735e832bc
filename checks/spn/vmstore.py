"""Checks that each VMstore uses AES for Kerberos.

A VMstore has a setting of its own for the encryption types of Kerberos, an internal property whose default is RC4
(hoppyhedgehog's tintri-restapitool; Tintri's reference does not list it). After the updates of 2026 (CVE-2026-20833) a
KDC issues no RC4 tickets unless the account states RC4 explicitly, and for an account that supports AES it issues AES
tickets, for which a VMstore that uses RC4 only may have no key. krbcheck reads the property, and never writes it. What
the directory states about the account of the storage is judged by spn.enctypes.

Evidence: the property (REST). Firmware that does not return it leaves the check not determined.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.facts.vmstore import ENCRYPTION_TYPES, KerberosEncryption, RestRefusal, VmstoreAnswer, VmstoreAnswers
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site, Storage
from krbcheck.windows.common_steps import AES_BITS, controller
from krbcheck.windows.remedy import changes, looks

RC4_ONLY = Problem(
    "rc4-only",
    Severity.WARNING,
    says="{storage} does not use AES for Kerberos: {found}",
    remedy=(
        looks(
            "Get-ADComputer -Identity '{account}' -Properties msDS-SupportedEncryptionTypes -Server {domain}",
            on=controller("{domain}"),
            needs="the ActiveDirectory module",
            shows="what the directory states; spn.enctypes judges it",
        ),
        changes(
            says=f"Request from Tintri's support that {ENCRYPTION_TYPES} of {{storage}} becomes 28 (RC4 and AES) or "
            "24 (AES). The property is internal: do not write it with the REST API",
            on="the VMstore {storage}",
            undo_says="the support sets the former value, {bits}",
            verify="klist get cifs/{path}",
            shows="a ticket with AES, and the host opens the share with it",
            caution="the authentication service restarts: new sessions are rejected meanwhile",
            interrupts=True,
        ),
    ),
    means="Where the KDCs issue AES tickets for the VMstore, it may not be able to decrypt them; where they issue RC4 "
    "tickets, they stop with the updates of 2026 (CVE-2026-20833).",
    explains=[explains("ticket.enctype/rc4", same="storage")],
)


@check(
    id="spn.vmstore",
    title="Each VMstore uses AES for Kerberos",
    tells="The encryption types that a VMstore itself is set to.",
    problems=[RC4_ONLY],
    refs=["MS-KILE 2.2.7", "CVE-2026-20833 (KB5073381)"],
)
def spn_vmstore(site: Site, answers: VmstoreAnswers) -> Iterator[Verdict]:
    for storage in site.storages:
        if storage.vmstore_api is None:
            continue
        found = list(answers.of(storage.name))
        if not found:
            yield unknown(storage.name, f"the REST API of {storage.name} was not queried")
        else:
            yield _judged(site, storage, next(filter(_known, found), found[0]))


def _known(answer: VmstoreAnswer) -> bool:
    seen = answer.encryption_types
    return isinstance(seen, Observed) and isinstance(seen.value, KerberosEncryption)


def _judged(site: Site, storage: Storage, answer: VmstoreAnswer) -> Verdict:
    seen, about = answer.encryption_types, {"storage": storage.name, "appliance": storage.name}
    match seen:
        case Unobserved():
            return unknown(storage.name, seen, about=about)
        case Observed(value=RestRefusal() as refusal):
            return unknown(storage.name, seen, says=refusal.reason(storage.name), about=about)
        case Observed(value=KerberosEncryption(bits=bits)) if bits & AES_BITS:
            return fine(storage.name, seen)
        case Observed(value=KerberosEncryption(bits=bits)):
            paths = (path.name for _, path in site.named_paths() if path.storage == storage.name)
            return RC4_ONLY(
                storage.name,
                seen,
                expected="AES (8 or 16)",
                found=f"encryption types {bits} ({'RC4' if bits & 4 else 'neither RC4 nor AES'})",
                storage=storage.name,
                account=storage.account.partition("@")[0],
                domain=storage.domain,
                bits=str(bits),
                path=next(paths, storage.name),
            )
    raise AssertionError(seen)
