"""Selects the name servers for a domain, and makes one call of the probe of several queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from krbcheck.asking.ask import Ask, Asking, MaybeAsk, NotAsked, Server, asked, call
from krbcheck.facts.names import DnsAnswer, DomainServers
from krbcheck.facts.observation import Gap, NoAnswer, Observation, Observed, Unobserved
from krbcheck.probes.dns import queries
from krbcheck.site.exclusions import NOTHING, Exclusions
from krbcheck.site.stated import Domain

SECONDS = 2.0
"""The limit of one query: a resolver whose first forwarder does not respond needs more than one second."""


def domain_servers(domains: Iterable[Domain]) -> Asking[dict[str, DomainServers]]:
    """Returns, by domain, the servers that the site file states, or those of this host, which are
    read only if needed.
    """
    stated = {domain.name: DomainServers(domain.name, domain.name_servers, stated=True) for domain in domains}
    if all(entry.servers for entry in stated.values()):
        return stated
    (own,) = yield from asked([Ask(call(queries.system_name_servers), "this host's name servers")])
    why = own.detail if isinstance(own, Unobserved) else ""
    servers = () if isinstance(own, Unobserved) else tuple(own.value)
    return {
        name: entry if entry.servers else DomainServers(name, servers, stated=False, why=why)
        for name, entry in stated.items()
    }


class Question(NamedTuple):
    """`name` is queried at `server` from the address `source`, for the vantage point `vantage`."""

    vantage: str
    source: str
    server: str
    name: str
    kind: str

    @property
    def text(self) -> str:
        return f"{self.name} {self.kind}"


def resolve(
    questions: Iterable[Question], excluded: Exclusions = NOTHING
) -> Asking[Mapping[Question, Observation[DnsAnswer]]]:
    """Returns the answer to each question, with one call for each server and vantage point. Excluded names are not
    sent.

    A server that does not respond costs its timeout once; a slow name delays no other.
    """
    batches: defaultdict[tuple[str, str, str], list[Question]] = defaultdict(list)
    left_out: list[Question] = []
    for question in dict.fromkeys(questions):
        if excluded.host(question.name):
            left_out.append(question)
        else:
            batches[question.vantage, question.source, question.server].append(question)
    asks: list[MaybeAsk[tuple[queries.Said, ...]]] = [_ask(*key, batch) for key, batch in batches.items()]
    asks += [NotAsked(Gap.LEFT_OUT, excluded.host(entry.name), entry.text, entry.vantage) for entry in left_out]
    answers = yield from asked(asks)
    return {
        question: _seen(answer, number, question)
        for batch, answer in zip([*batches.values(), *([entry] for entry in left_out)], answers, strict=True)
        for number, question in enumerate(batch)
    }


def _ask(vantage: str, source: str, server: str, batch: Sequence[Question]) -> Ask[tuple[queries.Said, ...]]:
    return Ask(
        call(queries.ask, [(question.name, question.kind) for question in batch], server, source, SECONDS),
        batch[0].text if len(batch) == 1 else f"{len(batch)} names",
        Server(server, queries.PORT, f"dns from {vantage}"),  # it may respond to another tenant's network
        vantage,
        queries.longest(len(batch), SECONDS),
    )


def _seen(answer: Observation[tuple[queries.Said, ...]], number: int, question: Question) -> Observation[DnsAnswer]:
    """Returns the part of the answer to a batch that answers one question."""
    if isinstance(answer, Unobserved):
        return msgspec.structs.replace(answer, asked=question.text)
    reply = answer.value[number]
    if isinstance(reply.answer, NoAnswer):
        none = reply.answer
        return Unobserved(
            none.gap, none.detail, question.text, answer.at, question.vantage, reply.seconds, none.of or answer.of
        )
    return Observed(reply.answer, question.text, answer.at, question.vantage, reply.seconds, answer.of)
