"""The next step for results that are not determined, by the reason: which server, and what was expected of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from krbcheck.facts.endpoints import endpoint
from krbcheck.facts.observation import Gap
from krbcheck.facts.reasons import Reason, ReasonKind
from krbcheck.judging.labels import WITH_ADDRESS
from krbcheck.judging.verdict import Unknown, Verdict

SILENT = frozenset((Gap.TIMED_OUT, Gap.OUT_OF_TIME))


def answered(verdicts: Iterable[Verdict]) -> frozenset[str]:
    """The servers with their ports (`endpoints.endpoint`) that answered any query of these verdicts."""
    return frozenset(reason.of for verdict in verdicts for reason in verdict.because if _is_answer(reason))


def _is_answer(reason: Reason) -> bool:
    return bool(reason.of) and reason.kind is ReasonKind.OBSERVATION and reason.gap is None


def next_step(verdict: Unknown, servers: Collection[str], ports: Collection[int], answering: Collection[str]) -> str:
    """The next step in one or two sentences; empty if the reason itself is what to do, or is no server's.

    `servers` did not answer at `ports`; `answering` are the endpoints that answered other queries.
    """
    question = verdict.unanswered
    if verdict.next:
        return verdict.next
    if question is None or not question.server or (question.gap in SILENT and not question.port):
        return ""
    server, port = question.server, ", ".join(map(str, sorted(ports or {question.port} - {0})))
    at = f"port {port} of {server}" if port else server
    source = f" from {question.vantage}" if question.vantage else ""
    if question.gap in SILENT and all(endpoint(each, question.port) in answering for each in servers or [server]):
        return (
            "Other queries are answered at this port, so the server is on and no firewall drops them: read the log of "
            "its service, which is overloaded or waits for its own domain controllers or name servers"
        )
    if len(servers) > 1:
        return "Look first at what these servers share: the network on the path to them, a firewall, or their host"
    if question.gap in SILENT:
        return f"Make sure that {server} is on and has this address, and that no firewall drops connections{source}"
    if question.gap is Gap.REFUSED:
        return f"Make sure that the service of {at} runs; a firewall that resets connections has the same effect"
    if question.gap is Gap.CLOSED:
        return f"Read the log of the service of {at}: it accepts connections and closes them"
    if question.gap is Gap.UNREACHABLE:
        return f"Make sure that there is a route{source} to {server}: the gateway, the VLAN and the address"
    return _whose_reply(server) if question.gap is Gap.MALFORMED else ""


def _whose_reply(server: str) -> str:
    """The next step where a reply is not valid, or is not signed with the key of the server."""
    match = WITH_ADDRESS.fullmatch(server)
    if match is None:
        return f"Find out which server answers at {server}, by its DNS record; until then trust no answer from there"
    name, address = server.partition(" ")[0], match["address"]
    return (
        f"Find out which server answers at {address}: {name} is expected, with the key of its account. Compare its MAC "
        f"address (arp -a {address}) and its DNS record; until then trust no answer from there"
    )
