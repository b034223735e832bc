"""Reads the group memberships of a domain by indexed searches over one connection: from accounts to their groups, and
from groups to their members.

A foreign member is read from the group's `member` only: ordinary accounts may not read memberOf of a foreign security
principal (its defaultSecurityDescriptor, MS-ADTS 6.1.6).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from krbcheck.credentials.wallet import Ticket
from krbcheck.probes.ldap.queries import Search, bound, contexts, escaped, found_by, placed
from krbcheck.probes.ldap.values import Raw, number, sids, text, texts

ATTRIBUTES = ("sAMAccountName", "objectSid", "objectClass", "groupType", "memberOf", "member", "primaryGroupID",
              "userAccountControl")  # fmt: skip
FOREIGN_FOLDER = ",CN=ForeignSecurityPrincipals,"
MOST_TERMS = 100
"""The number of terms in one filter; domain controllers reject filters that are much longer."""
MOST_STEPS = 32
"""The depth of nesting that is followed. Groups that contain each other end the search earlier."""


@dataclass(frozen=True)
class Wanted:
    """The sAMAccountNames and SIDs to search for.

    `own` names and `foreign` SIDs of other domains are followed to their groups, `opened` names and SIDs to their
    members. The members of an `own` group are followed to their groups too. `left_out` are names in lower case and SIDs
    that are followed neither to groups nor to members.
    """

    own: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    sids: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    opened: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()


@dataclass
class Node:
    """An account, a group or a foreign security principal. `parents` are the DNs of its groups in lower case."""

    dn: str
    sid: str
    name: str = ""
    classes: tuple[str, ...] = ()
    scope: int = 0
    primary: int = 0
    uac: int = 0
    parents: set[str] = field(default_factory=set)

    @property
    def is_group(self) -> bool:
        return "group" in self.classes

    @property
    def is_foreign(self) -> bool:
        return "foreignSecurityPrincipal" in self.classes


@dataclass
class Climbed:
    """The entries by DN in lower case. `opened` are the groups whose members were read, `risen` the entries whose
    groups were. `outside` are members of groups, by the DN of the group in lower case, whose DN is in another domain:
    a directory has no entry of them (MS-ADTS 3.1.1.1.6).
    """

    nodes: dict[str, Node] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    risen: set[str] = field(default_factory=set)
    outside: dict[str, set[str]] = field(default_factory=dict)

    def take(self, dn: str, raw: Raw) -> Node:
        """Adds an entry and the memberships that it states; returns it."""
        made = Node(
            dn,
            next(iter(sids(raw, "objectSid")), ""),
            text(raw, "sAMAccountName"),
            texts(raw, "objectClass"),
            number(raw, "groupType") or 0,
            number(raw, "primaryGroupID") or 0,
            number(raw, "userAccountControl") or 0,
        )
        known = self.nodes.get(dn.lower())
        made.parents = (known.parents if known else set()) | {name.lower() for name in texts(raw, "memberOf")}
        self.nodes[dn.lower()] = made
        for member in _members(raw):
            if domain_of(member) != domain_of(dn):
                self.outside.setdefault(dn.lower(), set()).add(member)
                continue
            if member.lower() not in self.nodes and FOREIGN_FOLDER.lower() in member.lower():
                foreign = member.partition(",")[0].partition("=")[2]
                self.nodes[member.lower()] = Node(member, foreign, classes=("foreignSecurityPrincipal",))
            if member.lower() in self.nodes:
                self.nodes[member.lower()].parents.add(dn.lower())
        return made

    def below(self, dns: Iterable[str]) -> set[str]:
        """Returns the DNs and those of all their known direct and nested members."""
        inside = set(dns)
        while more := {dn for dn, node in self.nodes.items() if dn not in inside and node.parents & inside}:
            inside |= more
        return inside


def _members(raw: Raw) -> list[str]:
    """Returns the values of `member`; of a large group the directory returns the first range only (MS-ADTS
    3.1.1.3.1.3.3).
    """
    return [name for key, values in raw.items() if key.partition(";")[0] == "member" for name in map(_text, values)]


def domain_of(dn: str) -> str:
    """Returns the DNS name of the domain that a DN is in, in lower case."""
    parts = [part.strip() for part in dn.lower().split(",")]
    return ".".join(part.removeprefix("dc=") for part in parts if part.startswith("dc="))


def _text(value: bytes) -> str:
    return value.decode(errors="replace")


def climb(address: str, source: str, ticket: Ticket, wanted: Wanted, port: int, seconds: float) -> Climbed:
    """Returns the entries that `wanted` names, with their groups and members, each to MOST_STEPS levels.

    `seconds` is the limit for the connection and all searches. Raises NoAnswer as `read`, and Malformed if a Kerberos
    message in the bind is malformed.
    """
    with bound(address, port, source, ticket, seconds) as connection:
        known, climbed = contexts(connection), Climbed()
        reader = _Reader(connection, known, climbed, wanted.left_out)
        terms = [_term("sAMAccountName", name) for name in dict.fromkeys([*wanted.own, *wanted.names])]
        reader.look_up([*terms, *(f"(objectSid={entry})" for entry in wanted.sids)])
        reader.down(dn for dn, node in climbed.nodes.items() if {node.sid, node.name.lower()} & wanted.opened)
        own = {name.lower() for name in wanted.own}
        start = climbed.below(dn for dn, node in climbed.nodes.items() if node.name.lower() in own)
        foreign = [f"CN={sid}{FOREIGN_FOLDER}{known['%domain']}" for sid in wanted.foreign]
        reader.up([*(climbed.nodes[dn].dn for dn in start), *foreign])
        return climbed


def _term(attribute: str, value: str) -> str:
    return f"({attribute}={escaped(value)})"


@dataclass(frozen=True)
class _Reader:
    connection: Any
    contexts: dict[str, str]
    climbed: Climbed
    left_out: frozenset[str] = frozenset()

    def look_up(self, terms: list[str]) -> list[Node]:
        """Returns the entries that match any of the terms."""
        return list(self._found(terms))

    def _found(self, terms: list[str]) -> Iterator[Node]:
        for at in range(0, len(terms), MOST_TERMS):
            search = Search("%domain", f"(|{''.join(terms[at : at + MOST_TERMS])})", ATTRIBUTES)
            for dn, raw in found_by(self.connection, placed(search, self.contexts)):
                yield self.climbed.take(dn, raw)

    def down(self, dns: Iterable[str]) -> None:
        """Reads the members of the groups among the DNs, and the members of those that are groups."""
        waiting = [dn for dn in dns if self._is_followed(self.climbed.nodes[dn])]
        for _ in range(MOST_STEPS):
            waiting = [dn for dn in dict.fromkeys(waiting) if dn not in self.climbed.opened]
            if not waiting:
                return
            self.climbed.opened.update(waiting)
            found = self.look_up([_term("memberOf", self.climbed.nodes[dn].dn) for dn in waiting])
            waiting = [node.dn.lower() for node in found if self._is_followed(node)]

    def _is_followed(self, node: Node) -> bool:
        """Returns whether the members of an entry are read: those of groups that are not left out."""
        return node.is_group and not self._is_left_out(node)

    def _is_left_out(self, node: Node | None) -> bool:
        return node is not None and bool({node.sid, node.name.lower()} & self.left_out)

    def up(self, dns: Iterable[str]) -> None:
        """Reads the groups of which the DNs are members, and the groups of those."""
        waiting = list(dns)
        for _ in range(MOST_STEPS):
            waiting = [
                dn
                for dn in dict.fromkeys(waiting)
                if dn.lower() not in self.climbed.risen and not self._is_left_out(self.climbed.nodes.get(dn.lower()))
            ]
            if not waiting:
                return
            self.climbed.risen.update(dn.lower() for dn in waiting)
            waiting = [node.dn for node in self.look_up([_term("member", dn) for dn in waiting])]
