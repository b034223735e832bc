"""Group policy at every controller: links and objects over LDAP, then the files in its own SYSVOL over SMB.

Only what can apply to the accounts of the site's hosts and of the controllers is read: the domain, the OUs above them,
the policies that are linked there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from krbcheck.asking.ask import Ask, Asking, MaybeAsk, Server, always, asked, call
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.ldap import policy_records, records
from krbcheck.collectors.ldap.reader import Answer, DirectoryReader, Found
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.directory import Accounts, Directories
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved, derived
from krbcheck.facts.policy import (
    Containers,
    ContainersAnswer,
    ControllerAccountAnswer,
    Policies,
    PolicyFiles,
    PolicyFilesAnswer,
    PolicyObject,
    PolicyObjects,
    PolicyObjectsAnswer,
    upward,
)
from krbcheck.probes.ldap import queries, values
from krbcheck.probes.ldap.queries import Entry, Search
from krbcheck.probes.smb import files
from krbcheck.probes.smb.files import FileRead
from krbcheck.site.stated import Domain, Site
from krbcheck.windows.ntstatus import ntstatus_name
from krbcheck.windows.policy_file import MOST_BYTES

FILE_SECONDS = 5.0
MOST_POLICIES = 200


@dataclass
class Reading:
    """One controller and its answers. `tops` are the containers above the accounts."""

    domain: Domain
    controller: Controller
    hosts: tuple[str, ...]
    dns: tuple[str, ...]
    objects: Answer | None = None
    links: Answer | None = None
    tops: list[str] = field(default_factory=list)
    accounts: list[Entry] = field(default_factory=list)
    linked: list[PolicyObject] = field(default_factory=list)
    files: Observation[tuple[FileRead, ...]] | None = None


def policies(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    controllers: Controllers,
    readers: ReaderTickets,
    directories: Directories,
) -> Asking[Policies]:
    """Returns the result of three rounds: objects and the controllers' accounts; the links above
    the accounts; files.
    """
    known, reader = list(_readings(site, controllers, directories)), DirectoryReader(this_host, wallet, readers)
    answers = yield from asked([_ldap(reader, entry, _first(entry)) for entry in known])
    for reading, answer in zip(known, answers, strict=True):
        reading.objects = answer
        _hear_accounts(reading)
    replies = [entry for entry in known if isinstance(entry.objects, Observed)]
    answers = yield from asked([_ldap(reader, entry, _second(entry)) for entry in replies])
    for reading, answer in zip(replies, answers, strict=True):
        reading.links = answer
        reading.linked = list(_linked(reading))[:MOST_POLICIES]
    replies = [entry for entry in replies if entry.linked]
    read = yield from asked([_smb(reader, entry) for entry in replies])
    for reading, files_read in zip(replies, read, strict=True):
        reading.files = files_read
    return Policies(
        objects=tuple(_objects(entry) for entry in known),
        containers=tuple(
            ContainersAnswer(entry.domain.name, entry.controller.host, _containers(entry)) for entry in known
        ),
        controllers=tuple(answer for entry in known for answer in _controllers(entry)),
        files=tuple(answer for entry in known for answer in _files(entry)),
    )


def _readings(site: Site, controllers: Controllers, directories: Directories) -> Iterator[Reading]:
    """Yields every controller of every domain with hosts, and the DNs of those hosts' accounts."""
    names = {principal.name.lower() for _, principal in site.principals()}
    realms = {principal.realm for _, principal in site.principals()}
    for domain in site.domains:
        if domain.realm not in realms:
            continue
        every = {each.host: each for each in controllers.of(domain.name)}
        for controller in every.values():
            dns = tuple(
                account.dn
                for answer in directories.accounts
                if answer.controller == controller.host
                and answer.name.lower() in names
                and isinstance(answer.seen, Observed)
                for account in answer.seen.value.found
            )
            yield Reading(domain, controller, tuple(every), dns)


def _first(reading: Reading) -> list[Search]:
    hosts = "".join(f"(dNSHostName={queries.escaped(host)})" for host in reading.hosts)
    objects = "CN=Policies,CN=System,%domain"
    return [
        Search(objects, "(objectClass=groupPolicyContainer)", policy_records.OBJECT_ATTRIBUTES, "one", dacl=True),
        Search("%domain", f"(&(objectClass=computer)(|{hosts}))", records.ACCOUNT_ATTRIBUTES),
    ]


def _second(reading: Reading) -> list[Search]:
    """Returns the searches for the containers, then for the token groups of the controllers' accounts."""
    anything = "(objectClass=*)"
    return [
        *(Search(dn, anything, policy_records.CONTAINER_ATTRIBUTES, "base") for dn in reading.tops),
        *(Search(dn, anything, ("tokenGroups",), "base") for dn, _ in reading.accounts),
    ]


def _ldap(reader: DirectoryReader, reading: Reading, searches: list[Search]) -> MaybeAsk[Found]:
    return reader.search(reading.domain, reading.controller, f"group policy of {reading.domain.name}", searches)


def _smb(reader: DirectoryReader, reading: Reading) -> MaybeAsk[tuple[FileRead, ...]]:
    controller, service = reading.controller, f"cifs/{reading.controller.host}"
    question = rf"\\{controller.host}\{policy_records.SHARE}\{reading.domain.name}"
    ticket = reader.ticket(reading.domain, service)
    if ticket is None:
        return reader.cannot(reading.domain, service, question)
    folders = [folder for policy in reading.linked if (folder := _folder(reading, policy))]
    paths = [path for folder in folders for path in policy_records.files_of(folder)]
    return Ask(
        call(
            files.read_files,
            ticket,
            controller.host,
            controller.address,
            policy_records.SHARE,
            paths,
            MOST_BYTES,
            FILE_SECONDS,
        ),
        question,
        Server(controller.address, files.PORT, f"tcp/{files.PORT}", controller.host),
        reader.this_host.name,
        FILE_SECONDS,
        authenticates=always,
    )


def _folder(reading: Reading, policy: PolicyObject) -> str:
    return policy_records.within_sysvol(policy.path, reading.domain.name, reading.hosts)


def _hear_accounts(reading: Reading) -> None:
    if isinstance(reading.objects, Observed):
        reading.accounts = list(reading.objects.value[1])
    dns = [*reading.dns, *(dn for dn, _ in reading.accounts)]
    tops = {top.lower(): top for dn in dns for top in upward(dn)}
    reading.tops = list(tops.values())


def _linked(reading: Reading) -> Iterator[PolicyObject]:
    """Yields the policy objects to which a container above an account links, disabled links too."""
    seen = _containers(reading)
    if isinstance(reading.objects, Observed) and isinstance(seen, Observed):
        wanted = {link.dn.lower() for container in seen.value.found for link in container.links}
        for dn, raw in reading.objects.value[0]:
            if dn.lower() in wanted:
                yield policy_records.policy_object(dn, raw)


def _last(reading: Reading) -> Answer:
    """Returns the answer of the second round; if there was none, that of the first, which is Unobserved."""
    answer = reading.links or reading.objects
    assert answer is not None
    return answer


def _objects(reading: Reading) -> PolicyObjectsAnswer:
    question = f"policy objects of {reading.domain.name}"
    seen = derived(_last(reading), lambda _: PolicyObjects(tuple(reading.linked)), question)
    return PolicyObjectsAnswer(reading.domain.name, reading.controller.host, seen)


def _containers(reading: Reading) -> Observation[Containers]:
    def found(parts: Found) -> Containers:
        entries = [entry for part in parts[: len(reading.tops)] for entry in part] if reading.links else []
        return Containers(tuple(policy_records.container(dn, raw) for dn, raw in entries))

    return derived(_last(reading), found, f"policy links of {reading.domain.name}")


def _controllers(reading: Reading) -> Iterator[ControllerAccountAnswer]:
    groups: list[tuple[str, ...] | None] = [None] * len(reading.accounts)
    if isinstance(reading.links, Observed):
        tokens = reading.links.value[len(reading.tops) :]
        groups = [records.token_groups(part) for part in tokens]
    for host in reading.hosts:
        accounts = Accounts(
            tuple(
                records.account(dn, raw, own)
                for (dn, raw), own in zip(reading.accounts, groups, strict=True)
                if values.text(raw, "dNSHostName").lower() == host
            )
        )
        seen = derived(_last(reading), partial(_already, accounts), f"account of {host}")
        yield ControllerAccountAnswer(reading.domain.name, reading.controller.host, host, seen)


def _already(accounts: Accounts, _: Found) -> Accounts:
    """Returns the accounts of one host, which are read from two answers."""
    return accounts


def _files(reading: Reading) -> Iterator[PolicyFilesAnswer]:
    """Yields the files of each linked policy, in the order in which they were read."""
    came = iter(reading.files.value) if isinstance(reading.files, Observed) else iter(())
    for policy in reading.linked:
        read = (next(came), next(came)) if isinstance(reading.files, Observed) and _folder(reading, policy) else None
        yield PolicyFilesAnswer(
            reading.domain.name, reading.controller.host, policy.dn.lower(), _files_of(reading, policy, read)
        )


def _files_of(
    reading: Reading, policy: PolicyObject, read: tuple[FileRead, FileRead] | None
) -> Observation[PolicyFiles]:
    """Returns the settings of a policy, or why its files could not be read."""
    assert reading.files is not None
    question, seen = f"files of {policy.name or policy.dn}", reading.files
    if not _folder(reading, policy):
        why = f"its gPCFileSysPath leads out of SYSVOL of {reading.domain.name}: {policy.path[:200] or 'empty'}"
        return Unobserved(Gap.NOT_ALLOWED, why, question, seen.at, seen.vantage)
    if isinstance(seen, Unobserved) or read is None:
        return derived(seen, lambda _: PolicyFiles(), question)
    gpt, registry = read
    if status := policy_records.refusal(gpt, registry):
        return Unobserved(
            Gap.NOT_ALLOWED, ntstatus_name(status), question, seen.at, seen.vantage, seen.seconds, seen.of
        )
    return derived(seen, lambda _: policy_records.policy_files(gpt, registry), question)
