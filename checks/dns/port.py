"""The storage accepts connections on TCP 445 of each data path from its tenant's vantage point.

SMB 3 uses TCP 445 only. krbcheck connects from the tenant's own network, because a management station can have other
routes and firewall rules than a host on the tenant's VLAN. It connects to the stated address or, where the site
states none, to the addresses inside the tenant's networks to which the name resolves. A refusal (RST) comes from the
storage or from a firewall that resets connections. No response indicates a firewall that drops packets, a wrong VLAN,
or a server that is off. `dns.address` reports any other address to which the name resolves.

Evidence: a connection from a host of the tenant to each address of the data path.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.endpoints import endpoint
from krbcheck.facts.observation import Observed
from krbcheck.facts.ports import PortAnswer, PortAnswers, PortState
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import EVERY_UNDETERMINED, explains
from krbcheck.judging.verdict import Severity, Verdict, fine, labelled, unknown
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.windows.common_steps import ELEVATED, ROOT
from krbcheck.windows.remedy import changes, looks, variants

CLOSED = Problem(
    "closed",
    Severity.ERROR,
    says="{subject} ({address}) refuses connections on TCP {port} from {tenant}'s network",
    remedy=(
        *variants(
            "{storage}",
            windows=[
                looks(
                    "Get-NetTCPConnection -LocalPort {port} -State Listen", on="{storage}", shows="{address} or 0.0.0.0"
                ),
                changes(
                    "Start-Service LanmanServer",
                    says="If nothing listens",
                    on="{storage}",
                    needs=ELEVATED,
                    undo="Stop-Service LanmanServer -Force",
                ),
            ],
            samba=[
                looks("ss -ltn", on="{storage}", shows="a listener on {address}:{port} or 0.0.0.0:{port}"),
                changes(
                    "systemctl start smbd",
                    says="If nothing listens",
                    on="{storage}",
                    needs=ROOT,
                    undo="systemctl stop smbd",
                ),
            ],
            vmstore=[
                looks(
                    says="Settings > Networking: the data IP {address} must be on the VLAN of {tenant}, and the SMB "
                    "service must be enabled",
                    on="the VMstore user interface of {storage}",
                )
            ],
        ),
        looks(
            "Test-NetConnection {subject} -Port {port}",
            says="If the port listens, a firewall between {tenant} and {storage} resets the connection",
            on="a host of {tenant}",
            shows="TcpTestSucceeded : True",
        ),
    ),
    means="A host responds at the address but nothing listens on the port: the SMB service is off or is "
    "not bound to this address, or a firewall resets the connection.",
    explains=[explains(EVERY_UNDETERMINED, same="endpoint")],
)
FILTERED = Problem(
    "filtered",
    Severity.ERROR,
    says="{subject} ({address}) does not respond on TCP {port} from {tenant}'s network: {found}",
    remedy=(
        looks(
            "Test-NetConnection {address} -Port {port} -InformationLevel Detailed",
            says="{storage} must be on and have the address {address}, and the VLAN must reach the hosts of {tenant}",
            on="a host of {tenant}",
            shows="TcpTestSucceeded : True",
        ),
        changes(
            says="Allow TCP {port} from the networks of {tenant} to {address}",
            on="the firewalls between {tenant} and {storage}",
            undo_says="remove the rule",
        ),
    ),
    means="No response arrives, or a router reports that the destination is unreachable: a firewall "
    "drops the packets, the VLAN does not reach the storage, the storage is off, or it does not have the "
    "address.",
    explains=[explains(EVERY_UNDETERMINED, same="endpoint")],
)


@check(
    id="dns.port",
    title="Every data path accepts connections on TCP 445 from its tenant's network",
    tells="Whether the hosts can connect to the storage address that the name resolves to.",
    problems=[CLOSED, FILTERED],
    refs=["MS-SMB2 section 2.1"],
)
def port(site: Site, ports: PortAnswers, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        own = ports.of(tenant.name, tenant.name, path.name)
        tried = [answer for answer in own if _is_judged(site, tenant, path, answer.address)]
        if not tried:
            asked = vantages.asked(tenant.name)
            why = "its address is not known (see dns.resolves)" if asked else vantages.why_not(tenant.name)
            yield unknown(path.name, why, tenant=tenant.name)
        for address in dict.fromkeys(answer.address for answer in tried):
            yield _judged(tenant, path, [answer for answer in tried if answer.address == address])


def _is_judged(site: Site, tenant: Tenant, path: DataPath, address: str) -> bool:
    """Whether an address that the name leads to is the data path's own."""
    if path.stated_address:
        return address == path.stated_address or tenant.holds_beside(path.stated_address, address)
    return tenant.holds(address) or (not tenant.networks and not site.tenant_of_address(address))


def _judged(tenant: Tenant, path: DataPath, tried: Sequence[PortAnswer]) -> Verdict:
    """One address. What fails from one of the tenant's hosts is a fault, even if another one's try succeeds."""
    answers = [answer.seen for answer in tried if isinstance(answer.seen, Observed)]
    shut = [answer for answer in answers if answer.value.state != PortState.OPEN]
    if shut:
        problem = CLOSED if shut[0].value.state == PortState.CLOSED else FILTERED
        finding = problem(
            path.name,
            *shut,
            tenant=tenant.name,
            expected="open",
            found=shut[0].value.summary(),
            address=tried[0].address,
            port=str(tried[0].port),
            storage=path.storage,
        )
        return labelled(finding, path=path.name, endpoint=endpoint(tried[0].address, tried[0].port))
    if answers:
        return fine(path.name, *answers, tenant=tenant.name)
    return unknown(path.name, *(answer.seen for answer in tried), tenant=tenant.name)
