"""Group policy as every controller tells it: links and objects over LDAP, then the files of its own SYSVOL over SMB.

Read is what can reach the accounts of the site's hosts and of the controllers, and no more: the domain, the OUs above
them, the policies linked there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from krbcheck.asking.scheduler import Answer, Ask, Asking, part_of
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.ldap import policy_records, records
from krbcheck.collectors.ldap.reader import DirectoryReader
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.directory import Accounts, Directories
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.policy import (
    Containers,
    ContainersAnswer,
    ControllerAccountAnswer,
    Policies,
    PolicyFilesAnswer,
    PolicyObject,
    PolicyObjects,
    PolicyObjectsAnswer,
    upward,
)
from krbcheck.probes.ldap import queries, values
from krbcheck.probes.ldap.queries import Search
from krbcheck.probes.smb import files
from krbcheck.site.stated import Domain, Site
from krbcheck.windows.ntstatus import ntstatus_name
from krbcheck.windows.policy_file import MOST_BYTES

FILE_SECONDS = 5.0
MOST_POLICIES = 200


@dataclass
class Reading:
    """What one controller is asked, and what it said. `tops` are the containers above the accounts."""

    domain: Domain
    controller: Controller
    hosts: tuple[str, ...]
    dns: tuple[str, ...]
    objects: Answer | None = None
    links: Answer | None = None
    tops: list[str] = field(default_factory=list)
    accounts: list[tuple[str, Any]] = field(default_factory=list)
    linked: list[PolicyObject] = field(default_factory=list)
    files: Answer | None = None


def policies(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    controllers: Controllers,
    readers: ReaderTickets,
    directories: Directories,
) -> Asking[Policies]:
    """Three rounds: objects and the controllers' accounts; what is linked above the accounts; files."""
    known, reader = list(_readings(site, controllers, directories)), DirectoryReader(this_host, wallet, readers)
    answers = yield [_ldap(reader, one, _first(one)) for one in known]
    for reading, answer in zip(known, answers, strict=True):
        reading.objects = answer
        _hear_accounts(reading)
    told = [one for one in known if isinstance(one.objects, Observed)]
    answers = yield [_ldap(reader, one, _second(one)) for one in told]
    for reading, answer in zip(told, answers, strict=True):
        reading.links = answer
        reading.linked = list(_linked(reading))[:MOST_POLICIES]
    told = [one for one in told if one.linked]
    answers = yield [_smb(reader, one) for one in told]
    for reading, answer in zip(told, answers, strict=True):
        reading.files = answer
    return Policies(
        objects=tuple(_objects(one) for one in known),
        containers=tuple(ContainersAnswer(one.domain.name, one.controller.host, _containers(one)) for one in known),
        controllers=tuple(answer for one in known for answer in _controllers(one)),
        files=tuple(answer for one in known for answer in _files(one)),
    )


def _readings(site: Site, controllers: Controllers, directories: Directories) -> Iterator[Reading]:
    """Every controller of every domain that has hosts, with where those hosts' accounts lie."""
    names = {principal.name.lower() for _, principal in site.principals()}
    realms = {principal.realm for _, principal in site.principals()}
    for domain in site.domains:
        if domain.realm not in realms:
            continue
        every = {each.host: each for each in controllers.of(domain.name)}
        for one in every.values():
            dns = tuple(
                account.dn
                for answer in directories.accounts
                if answer.controller == one.host and answer.name.lower() in names and isinstance(answer.seen, Observed)
                for account in answer.seen.value.found
            )
            yield Reading(domain, one, tuple(every), dns)


def _first(reading: Reading) -> list[Search]:
    hosts = "".join(f"(dNSHostName={queries.escaped(host)})" for host in reading.hosts)
    objects = "CN=Policies,CN=System,%domain"
    return [
        Search(objects, "(objectClass=groupPolicyContainer)", policy_records.OBJECT_ATTRIBUTES, "one", dacl=True),
        Search("%domain", f"(&(objectClass=computer)(|{hosts}))", records.ACCOUNT_ATTRIBUTES),
    ]


def _second(reading: Reading) -> list[Search]:
    """The containers, then the token groups of the controllers' accounts."""
    anything = "(objectClass=*)"
    return [
        *(Search(dn, anything, policy_records.CONTAINER_ATTRIBUTES, "base") for dn in reading.tops),
        *(Search(dn, anything, ("tokenGroups",), "base") for dn, _ in reading.accounts),
    ]


def _ldap(reader: DirectoryReader, one: Reading, searches: list[Search]) -> Ask:
    asked = f"group policy of {one.domain.name} at {one.controller.host}"
    return reader.search(one.domain, one.controller, asked, searches)


def _smb(reader: DirectoryReader, reading: Reading) -> Ask:
    one, service = reading.controller, f"cifs/{reading.controller.host}"
    asked = rf"\\{one.host}\{policy_records.SHARE}\{reading.domain.name}"
    ticket = reader.ticket(reading.domain, service)
    if ticket is None:
        return reader.cannot(reading.domain, service, asked)
    folders = [folder for policy in reading.linked if (folder := _folder(reading, policy))]
    paths = [path for folder in folders for path in policy_records.files_of(folder)]
    args = (ticket, one.host, one.address, policy_records.SHARE, paths, MOST_BYTES, FILE_SECONDS)
    return Ask(files.read_files, args, asked, one.address, "tcp/445", reader.this_host.name, FILE_SECONDS)


def _folder(reading: Reading, policy: PolicyObject) -> str:
    return policy_records.within_sysvol(policy.path, reading.domain.name, reading.hosts)


def _hear_accounts(reading: Reading) -> None:
    if isinstance(reading.objects, Observed):
        reading.accounts = list(reading.objects.value[1])
    dns = [*reading.dns, *(dn for dn, _ in reading.accounts)]
    tops = {top.lower(): top for dn in dns for top in upward(dn)}
    reading.tops = list(tops.values())


def _linked(reading: Reading) -> Iterator[PolicyObject]:
    """The policy objects that a container above an account links to, disabled links too."""
    seen = _containers(reading)
    if isinstance(reading.objects, Observed) and isinstance(seen, Observed):
        wanted = {link.dn.lower() for one in seen.value.found for link in one.links}
        for dn, raw in reading.objects.value[0]:
            if dn.lower() in wanted:
                yield policy_records.policy_object(dn, raw)


def _seen(answer: Answer | None, value: object, asked: str) -> Observation[Any]:
    assert answer is not None
    return part_of(answer, value, asked)


def _objects(reading: Reading) -> PolicyObjectsAnswer:
    asked = f"policy objects of {reading.domain.name} at {reading.controller.host}"
    answer = reading.links or reading.objects
    seen = _seen(answer, PolicyObjects(tuple(reading.linked)), asked)
    return PolicyObjectsAnswer(reading.domain.name, reading.controller.host, seen)


def _containers(reading: Reading) -> Observation[Containers]:
    answer = reading.links or reading.objects
    found = []
    if isinstance(answer, Observed) and answer is reading.links:
        entries = [entry for part in answer.value[: len(reading.tops)] for entry in part]
        found = [policy_records.container(dn, raw) for dn, raw in entries]
    return _seen(
        answer, Containers(tuple(found)), f"policy links of {reading.domain.name} at {reading.controller.host}"
    )


def _controllers(reading: Reading) -> Iterator[ControllerAccountAnswer]:
    answer = reading.links or reading.objects
    groups: list[tuple[str, ...] | None] = [None] * len(reading.accounts)
    if isinstance(reading.links, Observed):
        told = reading.links.value[len(reading.tops) :]
        groups = [values.sids(part[0][1], "tokenGroups") if part else None for part in told]
    for host in reading.hosts:
        found = tuple(
            records.account(dn, raw, own)
            for (dn, raw), own in zip(reading.accounts, groups, strict=True)
            if values.text(raw, "dNSHostName").lower() == host
        )
        seen = _seen(answer, Accounts(found), f"account of {host} at {reading.controller.host}")
        yield ControllerAccountAnswer(reading.domain.name, reading.controller.host, host, seen)


def _files(reading: Reading) -> Iterator[PolicyFilesAnswer]:
    """One for each linked policy, in the order in which the files were asked for."""
    came = iter(reading.files.value) if isinstance(reading.files, Observed) else iter(())
    for policy in reading.linked:
        asked = f"files of {policy.name or policy.dn} at {reading.controller.host}"
        seen = _seen(reading.files, None, asked)
        if not _folder(reading, policy):
            why = f"its gPCFileSysPath leads out of SYSVOL of {reading.domain.name}: {policy.path[:200] or 'empty'}"
            seen = Unobserved(Gap.NOT_ALLOWED, why, asked, seen.at, seen.vantage)
        elif isinstance(seen, Observed):
            gpt, registry = next(came), next(came)
            if status := policy_records.refusal(gpt, registry):
                seen = Unobserved(Gap.NOT_ALLOWED, ntstatus_name(status), asked, seen.at, seen.vantage, seen.seconds)
            else:
                seen = msgspec.structs.replace(seen, value=policy_records.policy_files(gpt, registry))
        yield PolicyFilesAnswer(reading.domain.name, reading.controller.host, policy.dn.lower(), seen)
