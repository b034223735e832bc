"""`cifs/<name>` must be registered for every data path: that is what a Windows host asks its KDC for.

Windows asks for the service class `cifs` and the name exactly as it stands in the UNC. A `HOST/<name>` on the account
also answers for it, by the directory's sPNMappings, until somebody registers the explicit name elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import Directories
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant

from ._owners import Registrations, host_form

MISSING = Problem(
    "missing",
    Severity.ERROR,
    says="{subject} is registered nowhere{where}: no KDC can issue a ticket for it",
    remedy="setspn -S {subject} {account}",
    means="The KDC answers KDC_ERR_S_PRINCIPAL_UNKNOWN (7), the host falls back to NTLM or fails with access denied. "
    "Hosts remember the refusal for 15 minutes after the repair.",
)
BY_HOST_ALIAS = Problem(
    "by-host-alias",
    Severity.NOTE,
    says="{subject} is covered by {alias} alone",
    remedy="setspn -S {subject} {account} makes it explicit",
    means="sPNMappings lets HOST/ stand for cifs/. It works, and breaks the day another account gets the explicit SPN.",
)


def _judged(site: Site, held: Registrations, tenant: Tenant, path: DataPath) -> Verdict:
    storage = site.storage(path.storage)
    domains = [one.name for one in site.domains]
    exact = held.owners(path.spn, path.spn, domains)
    home = held.owners(path.spn, path.spn, [storage.domain])
    account = storage.account.rpartition("@")[0]
    if exact.accounts and not (home.accounts and home.without):
        return fine(path.spn, *exact.seen[:2], tenant=tenant.name)
    if exact.accounts:
        where = f" at {', '.join(home.without)}"
        return MISSING(
            path.spn, *home.seen, tenant=tenant.name, expected="at every controller", found=f"missing{where}",
            account=account, where=where,
        )  # fmt: skip
    if not held.readable(storage.domain):
        return unknown(path.spn, *home.silent, "no directory was asked", tenant=tenant.name)
    alias = held.owners(path.spn, host_form(path.spn), [storage.domain])
    if alias.accounts:
        return BY_HOST_ALIAS(
            path.spn, *alias.seen, tenant=tenant.name, expected=path.spn, found=alias.form,
            alias=f"{alias.form} on {', '.join(alias.names)}", account=account,
        )  # fmt: skip
    return MISSING(
        path.spn, *exact.seen, tenant=tenant.name, expected=f"on {storage.account}", found="no account has it",
        account=account, where="",
    )  # fmt: skip


@check(
    id="spn.exists",
    title="Every data path has its SPN",
    tells="Whether cifs/<name> is registered for every data path.",
    problems=[MISSING, BY_HOST_ALIAS],
    refs=["MS-ADTS 5.1.1.4 (sPNMappings)", "MS-KILE 3.3.5.1.1"],
)
def spn_exists(site: Site, directories: Directories) -> Iterator[Verdict]:
    held = Registrations(directories)
    for tenant, path in site.named_paths():
        yield _judged(site, held, tenant, path)
