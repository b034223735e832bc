"""What each name server answered for a data path's name, as seen from one tenant's vantage point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.facts.vantages import Vantages
from krbcheck.views.view import View


@dataclass
class ServerAnswers:
    """One name server's answers about one name, by kind (A, AAAA)."""

    server: str
    answers: dict[str, Observation[DnsAnswer]] = field(default_factory=dict)

    @property
    def said(self) -> list[DnsAnswer]:
        return [answer.value for answer in self.answers.values() if isinstance(answer, Observed)]

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(address for answer in self.said for address in answer.addresses)

    @property
    def aliases(self) -> tuple[str, ...]:
        return next((answer.aliases for answer in self.said if answer.aliases), ())

    @property
    def silent(self) -> bool:
        """Whether it did not answer if there is an address; without any address, the query for IPv4 counts."""
        return not self.addresses and not isinstance(self.answers.get("A"), Observed)

    @property
    def undecided(self) -> list[Observation[DnsAnswer]]:
        """The questions without an answer, or with an error such as SERVFAIL or REFUSED: each could have returned an
        address or an alias.
        """
        return [
            answer for answer in self.answers.values() if isinstance(answer, Unobserved) or not answer.value.decided
        ]

    @property
    def rcode(self) -> str:
        """NXDOMAIN if either answer has it, else the code of the first answer; empty if there is no answer."""
        codes = [answer.rcode for answer in self.said]
        return "NXDOMAIN" if "NXDOMAIN" in codes else next(iter(codes), "")

    @property
    def grounds(self) -> list[Observation[DnsAnswer]]:
        """The answers that hold something; the first if none does."""
        held = [answer for answer in self.answers.values() if isinstance(answer, Observed) and answer.value.addresses]
        return [*held] or list(self.answers.values())[:1]


class NameServerAnswers(View):
    """The answers of every name server to the questions about every tenant's data paths."""

    def __init__(self, names: NameAnswers, vantages: Vantages) -> None:
        self._names, self._vantages = names, vantages
        self._known: dict[tuple[str, str], Sequence[ServerAnswers]] = {}

    def of(self, tenant: str, name: str) -> Sequence[ServerAnswers]:
        """Returns the answers by server, in the order of the queries; the first answer to a query counts."""
        if (tenant, name) in self._known:
            return self._known[tenant, name]
        records = self._names.of(tenant, name)
        if not records:
            return ()
        self._known[tenant, name] = _by_server(records)
        return self._known[tenant, name]

    def why_none(self, tenant: str) -> str:
        """Why no name server answered anything to a tenant."""
        if self._vantages.asked(tenant):
            return f"the site states no name server for {tenant} or its domains, and this host has none configured"
        return self._vantages.why_not(tenant)


def _by_server(records: Sequence[NameAnswer]) -> Sequence[ServerAnswers]:
    servers: dict[str, ServerAnswers] = {}
    for record in records:
        answers = servers.setdefault(record.server, ServerAnswers(record.server)).answers
        before = answers.get(record.kind)
        if before is None or (isinstance(before, Unobserved) and isinstance(record.seen, Observed)):
            answers[record.kind] = record.seen
    return tuple(servers.values())
