"""Every SPN on the storage's account has a host name that resolves; otherwise it is left over from a removed name.

A stale SPN does no harm on the storage's own account. It blocks the name for another storage, because the directory
rejects a second owner, and it makes the list of the account's services misleading.

Evidence: the account of the storage, and the A and AAAA answers of every name server for each full host name in its
SPNs; a name without an address is not determined while an answer is missing. The names of data paths are tested by
dns.resolves and not here, and short names are not looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from krbcheck.facts.directory import Accounts, Directories
from krbcheck.facts.names import DnsAnswer, SpnHostAnswer, SpnHosts
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.facts.reasons import Ground
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site, Storage
from krbcheck.windows.common_steps import unregister_spn
from krbcheck.windows.remedy import fill, looks

STALE = Problem(
    "stale",
    Severity.WARNING,
    says="{subject} has SPNs for names that do not resolve: {found}",
    alternatives=(unregister_spn("{spn}", "{account}", "{domain}"),),
    remedy=(looks(says="A stale SPN on the storage's own account does no harm: remove it when the name is needed"),),
    means="A data path was renamed or removed, and its SPN was not.",
)


def _spns(directories: Directories, storage: Storage) -> dict[str, list[str]]:
    """The account's SPNs by the full host name that they hold."""
    seen = directories.account(storage.account)
    held: dict[str, list[str]] = {}
    for account in seen.value.found if isinstance(seen, Observed) else ():
        for spn in account.spns:
            host = spn.partition("/")[2].partition("/")[0].partition(":")[0].lower()
            held.setdefault(host, []).append(spn)
    return held


def _undecided(answers: Iterable[SpnHostAnswer]) -> list[Observation[DnsAnswer]]:
    """What came of the questions, by server and kind, that no collection has an answer to: records or none."""
    decided: dict[tuple[str, str], bool] = {}
    seen: dict[tuple[str, str], Observation[DnsAnswer]] = {}
    for answer in answers:
        key = answer.server, answer.kind
        seen[key] = answer.seen
        decided[key] = decided.get(key, False) or (isinstance(answer.seen, Observed) and answer.seen.value.decided)
    return [observation for key, observation in seen.items() if not decided[key]]


def _is_full(host: str) -> bool:
    return "." in host and not host.endswith(".")


def _judged(
    storage: Storage,
    directories: Directories,
    seen: Observation[Accounts],
    asked: list[SpnHostAnswer],
    stated: set[str],
) -> Iterator[Verdict]:
    by_host: dict[str, list[SpnHostAnswer]] = {}
    for answer in asked:
        by_host.setdefault(answer.host, []).append(answer)
    gone: list[str] = []
    unsure: list[Ground] = []
    for host, answers in by_host.items():
        replies = [
            answer.seen.value for answer in answers if isinstance(answer.seen, Observed) and answer.seen.value.decided
        ]
        open_ = _undecided(answers)
        if any(value.addresses for value in replies):
            continue
        unsure += open_
        if not open_:
            gone.append(host)
    held = _spns(directories, storage)
    unsure += [
        f"{host} was not queried in DNS" for host in held if _is_full(host) and host not in stated.union(by_host)
    ]
    spns = [spn for host in gone for spn in held.get(host, [])]
    if spns:
        values = {"account": storage.account.rpartition("@")[0], "domain": storage.domain}
        steps = (step for spn in spns for step in fill(STALE.alternatives[0], values | {"spn": spn}))
        yield STALE.with_steps(tuple(steps))(
            storage.account,
            *(answer.seen for answer in asked if answer.host in gone),
            expected="names that resolve",
            found=", ".join(gone),
            spn=spns[0],
            spns=spns,
            account=storage.account.rpartition("@")[0],
        )
    if unsure:
        yield unknown(storage.account, *unsure)
    elif not spns:
        yield fine(storage.account, seen, *(answer.seen for answer in asked[:3]))


@check(
    id="spn.stale",
    title="Every SPN of the storages has a host name that resolves",
    tells="The SPNs on the storages' accounts that are left over.",
    problems=[STALE],
    refs=["MS-ADTS 5.1.1.4"],
)
def spn_stale(site: Site, directories: Directories, hosts: SpnHosts) -> Iterator[Verdict]:
    stated = {path.name for _, path in site.named_paths()}  # dns.resolves reports those
    for storage in site.storages:
        asked = [host for host in hosts.hosts if host.storage == storage.name and host.host not in stated]
        seen = directories.account(storage.account)
        if isinstance(seen, Observed) and seen.value.found:
            yield from _judged(storage, directories, seen, asked, stated)
        elif isinstance(seen, Unobserved):
            yield unknown(storage.account, seen)
        else:
            why = "no directory was queried for" if seen is None else "the directory does not contain"
            yield unknown(storage.account, says=f"{why} {storage.account}")
