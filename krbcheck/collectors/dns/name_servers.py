"""Which name servers are asked about a domain, and how questions to them become asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from krbcheck.asking.scheduler import Answer, Ask
from krbcheck.facts.names import DnsAnswer, DomainServers
from krbcheck.facts.observation import NoAnswer, Observation, Observed, Unobserved
from krbcheck.probes.dns import queries
from krbcheck.site.stated import Domain

SECONDS = 2.0
"""How long one question may take: a resolver whose first forwarder is dead needs more than one."""


def domain_servers(
    domains: Iterable[Domain],
) -> Generator[Sequence[Ask], list[Answer], dict[str, DomainServers]]:
    """By domain: the servers that the site states, or those of this host, which are looked up only if needed."""
    stated = {one.name: DomainServers(one.name, one.name_servers, stated=True) for one in domains}
    if all(one.servers for one in stated.values()):
        return stated
    (own,) = yield [Ask(queries.system_name_servers, (), "this host's name servers")]
    why = own.detail if isinstance(own, Unobserved) else ""
    servers = () if isinstance(own, Unobserved) else tuple(own.value)
    return {
        name: one if one.servers else DomainServers(name, servers, stated=False, why=why)
        for name, one in stated.items()
    }


class Question(NamedTuple):
    """`server` is asked for `name` from the address `source`; `vantage` says whose place that is."""

    vantage: str
    source: str
    server: str
    name: str
    kind: str

    @property
    def text(self) -> str:
        return f"{self.name} {self.kind} of {self.server}"


def told(
    questions: Iterable[Question],
) -> Generator[Sequence[Ask], list[Answer], Mapping[Question, Observation[DnsAnswer]]]:
    """One ask for each server and place, so that a silent one costs its time once, and a slow name only itself."""
    batches: defaultdict[tuple[str, str, str], list[Question]] = defaultdict(list)
    for one in dict.fromkeys(questions):
        batches[one.vantage, one.source, one.server].append(one)
    answers = yield [_ask(*place, batch) for place, batch in batches.items()]
    return {
        question: _seen(answer, number, question)
        for batch, answer in zip(batches.values(), answers, strict=True)
        for number, question in enumerate(batch)
    }


def _ask(vantage: str, source: str, server: str, batch: Sequence[Question]) -> Ask:
    return Ask(
        queries.ask,
        ([(one.name, one.kind) for one in batch], server, source, SECONDS),
        batch[0].text if len(batch) == 1 else f"{len(batch)} questions to {server}",
        server,
        f"dns from {vantage}",  # what is silent towards one tenant's network may answer another's
        vantage,
        queries.longest(len(batch), SECONDS),
    )


def _seen(answer: Answer, number: int, question: Question) -> Observation[DnsAnswer]:
    """What came of one question out of the answer about all."""
    if isinstance(answer, Unobserved):
        return msgspec.structs.replace(answer, asked=question.text, vantage=question.vantage)
    said: queries.Said = answer.value[number]
    if isinstance(said.answer, NoAnswer):
        none = said.answer
        return Unobserved(none.gap, none.detail, question.text, answer.at, question.vantage, said.seconds, none.of)
    return Observed(said.answer, question.text, answer.at, question.vantage, said.seconds)
