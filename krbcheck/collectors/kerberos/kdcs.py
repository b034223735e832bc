"""Every KDC is asked for its clock, without a credential."""

from __future__ import annotations

from krbcheck.asking.scheduler import Ask, Asking
from krbcheck.asking.this_host import ThisHost
from krbcheck.facts.kerberos import KdcReplies, KdcReply
from krbcheck.facts.names import Controllers
from krbcheck.probes.kerberos import exchanges
from krbcheck.site.stated import Site

KDC_SECONDS = 3.0
"""How long a KDC may take; one that is slower loses its clients to the next."""


def kdc_replies(site: Site, this_host: ThisHost, controllers: Controllers) -> Asking[KdcReplies]:
    """A bare AS-REQ to each controller of each domain."""
    kdcs = [(domain, one) for domain in site.domains for one in controllers.of(domain.name)]
    answers = yield [
        Ask(
            exchanges.bare_as_req,
            (domain.realm, one.address, "", KDC_SECONDS),
            f"AS-REQ without credential to {one.host} ({one.address})",
            one.address,
            "kdc",
            this_host.name,
            KDC_SECONDS,
        )
        for domain, one in kdcs
    ]
    return KdcReplies(
        tuple(
            KdcReply(domain.name, one.host, one.address, answer)
            for (domain, one), answer in zip(kdcs, answers, strict=True)
        )
    )
