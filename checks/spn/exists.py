"""The SPN `cifs/<name>` is registered for every data path, because a Windows host requests a ticket for it.

Windows uses the service class `cifs` and the name exactly as it is in the UNC path. The SPN `HOST/<name>` also covers
it (sPNMappings of the directory), until another account registers the explicit SPN.

Evidence: the owners of the SPN at every controller of the storage's domain. A controller that did not answer can lack
the SPN, so without it the SPN is not fine; "missing" names the controllers that answered.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.views.spn_owners import SpnOwners, host_form
from krbcheck.windows.common_steps import register_spn
from krbcheck.windows.remedy import looks

NO_TICKET = (
    explains(
        "ticket.service/spn-unknown", "ticket.service/found-by-none",
        same="service storage_domain=answered_by", where={"result": "refused", "error": "7"},
    ),
)  # fmt: skip
MISSING = Problem(
    "missing",
    Severity.ERROR,
    says="{subject} is not registered on any account{where}, so no KDC can issue a ticket for it",
    remedy=(
        *register_spn("{subject}", "{account}", "{domain}"),
        looks(says="Hosts cache the error for 15 minutes; klist -li 0x3e7 purge on the host ends that"),
    ),
    means="The KDC returns KDC_ERR_S_PRINCIPAL_UNKNOWN (7), and the host falls back to NTLM or fails "
    "with access denied. Hosts cache this answer for 15 minutes.",
    explains=[*NO_TICKET, explains("spn.owner", "spn.unique", same="service")],
)
BY_HOST_ALIAS = Problem(
    "by-host-alias",
    Severity.NOTE,
    says="{subject} is covered only by {alias}",
    remedy=(
        looks(says="No fix is needed: HOST/ covers cifs/. To register it explicitly:"),
        *register_spn("{subject}", "{account}", "{domain}"),
    ),
    means="HOST/ covers cifs/ (sPNMappings). This works until another account registers the explicit SPN.",
)


def _judged(site: Site, held: SpnOwners, tenant: Tenant, path: DataPath) -> Verdict:
    storage = site.storage(path.storage)
    domains = [domain.name for domain in site.domains]
    exact = held.owners(path.spn, path.spn, domains)
    home = held.owners(path.spn, path.spn, [storage.domain])
    account = storage.account.rpartition("@")[0]
    if exact.accounts and not (home.accounts and home.without):
        if home.silent:
            return unknown(path.spn, *home.silent, *exact.seen[:2], tenant=tenant.name)
        return fine(path.spn, *exact.seen[:2], tenant=tenant.name)
    if exact.accounts:
        where = f" at {', '.join(home.without)}"
        return MISSING(
            path.spn, *home.seen, tenant=tenant.name, expected="at every controller", found=f"not registered{where}",
            account=account, where=where, domain=storage.domain,
        )  # fmt: skip
    if not held.readable(storage.domain):
        return unknown(path.spn, *home.silent, "no directory was queried", tenant=tenant.name)
    alias = held.owners(path.spn, host_form(path.spn), [storage.domain])
    if alias.accounts and (silent := held.silent(path.spn, (path.spn, host_form(path.spn)), [storage.domain])):
        about = {"path": [path.name], "controller": silent}
        return unknown(path.spn, *silent.values(), *alias.seen, tenant=tenant.name, about=about)
    if alias.accounts:
        return BY_HOST_ALIAS(
            path.spn, *alias.seen, tenant=tenant.name, expected=path.spn, found=alias.form,
            alias=f"{alias.form} on {', '.join(alias.names)}", account=account, domain=storage.domain,
        )  # fmt: skip
    where = f" at {', '.join(home.without)}" if home.silent else ""
    return MISSING(
        path.spn, *exact.seen, *home.silent, tenant=tenant.name, expected=f"on {storage.account}",
        found=f"not registered{where}", account=account, where=where, domain=storage.domain,
    )  # fmt: skip


@check(
    id="spn.exists",
    title="Every data path has its SPN",
    tells="Whether cifs/<name> is registered for every data path.",
    problems=[MISSING, BY_HOST_ALIAS],
    refs=["MS-ADTS 5.1.1.4 (sPNMappings)", "MS-KILE 3.3.5.1.1"],
)
def spn_exists(site: Site, owners: SpnOwners) -> Iterator[Verdict]:
    for tenant, path in site.named_paths():
        yield _judged(site, owners, tenant, path)
