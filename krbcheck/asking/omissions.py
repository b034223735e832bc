"""What a collection does not send: queries that alarm (`--quiet-network`), and all queries to excluded hosts."""

from __future__ import annotations

from dataclasses import dataclass

from krbcheck.asking.ask import Ask, MaybeAsk, NotAsked, T
from krbcheck.facts.observation import Gap
from krbcheck.site.exclusions import NOTHING, Exclusions

BY_QUIET_NETWORK = "left out by --quiet-network"


@dataclass(frozen=True)
class Omissions:
    """`quiet_network` if queries that alarm are left out; `excluded` are the accounts and hosts of the site file that
    are left out always.
    """

    quiet_network: bool = False
    excluded: Exclusions = NOTHING

    def reason(self, ask: Ask[object]) -> str:
        """Returns why a query is not sent; empty if it is sent."""
        if why := self.excluded.host(ask.of.name) or self.excluded.host(ask.of.address):
            return why
        return BY_QUIET_NETWORK if self.quiet_network and ask.alarms else ""

    def applied(self, question: MaybeAsk[T]) -> MaybeAsk[T]:
        """Returns the query, or a NotAsked with the reason why it is not sent."""
        if isinstance(question, NotAsked) or not (why := self.reason(question)):
            return question
        return NotAsked(Gap.LEFT_OUT, why, question.asked, question.vantage)

    @property
    def groups_left_out(self) -> str:
        """Why the local groups of a storage are not queried (MS-SAMR); empty if they are."""
        return BY_QUIET_NETWORK if self.quiet_network else ""


NONE_LEFT_OUT = Omissions()
