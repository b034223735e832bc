"""Selects KDCs, and reads the clock of every KDC without a credential."""

from __future__ import annotations

from krbcheck.asking.ask import Ask, Asking, Server, asked, call
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.credentials.wallet import Granted, Ticket
from krbcheck.facts.kerberos import AsReply, KdcReplies, KdcReply, Reply, TicketFacts
from krbcheck.facts.names import Controller, Controllers
from krbcheck.probes.kerberos import exchanges
from krbcheck.site.stated import Site

KDC_SECONDS = 3.0
"""The limit of a KDC; clients of a slower one use the next."""


def kdc_server(kdc: Controller) -> Server:
    """Returns the KDC of a domain controller; if it does not respond to one exchange, it counts as silent for all."""
    return Server(kdc.address, exchanges.PORT, "kdc", kdc.host)


def proved(granted: Granted[AsReply]) -> bool:
    """Returns whether the reply was encrypted with a key that only the KDC and the client have; a KRB-ERROR is not."""
    return isinstance(granted.value, TicketFacts)


def kdc_replies(site: Site, this_host: ThisHost, controllers: Controllers) -> Asking[KdcReplies]:
    """Returns the replies of each controller of each domain to an AS-REQ without pre-authentication."""
    kdcs = [(domain, controller) for domain in site.domains for controller in controllers.of(domain.name)]
    answers = yield from asked(
        [
            Ask(
                call(exchanges.bare_as_req, domain.realm, controller.address, "", KDC_SECONDS),
                "AS-REQ without credential",
                kdc_server(controller),
                this_host.name,
                KDC_SECONDS,
                alarms=True,
            )
            for domain, controller in kdcs
        ]
    )
    return KdcReplies(
        tuple(
            KdcReply(domain.name, controller.host, controller.address, answer)
            for (domain, controller), answer in zip(kdcs, answers, strict=True)
        )
    )


def service_ask(
    tgt: Ticket, realm: str, service: str, principal: str, kdc: Controller, source: SourceAddress, vantage: str
) -> Ask[Granted[Reply]]:
    """Returns the call of one TGS exchange: `tgt` is presented to a KDC of `realm` for a ticket for `service`."""
    return Ask(
        call(exchanges.service_ticket, tgt, realm, service, kdc.address, source.towards(kdc.address), KDC_SECONDS),
        f"ticket for {service} as {principal}",
        kdc_server(kdc),
        vantage,
        KDC_SECONDS,
        authenticates=proved,
    )
