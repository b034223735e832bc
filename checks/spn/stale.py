"""Every SPN on the storage's account has a host name that resolves; otherwise it is left over from a removed name.

A stale SPN does no harm on the storage's own account. It blocks the name for another storage, because the directory
rejects a second owner, and it makes the list of the account's services misleading.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import Directories
from krbcheck.facts.names import SpnHostAnswer, SpnHosts
from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site, Storage

STALE = Problem(
    "stale",
    Severity.WARNING,
    says="{subject} has SPNs for names that do not resolve: {found}",
    remedy="Precondition: no host uses these names. For each of {spns}: setspn -D {spn} {account}. "
    "Verify: setspn -L {account}",
    means="A data path was renamed or removed, and its SPN was not.",
)


def _spns(directories: Directories, storage: Storage) -> dict[str, list[str]]:
    """The account's SPNs by the full host name that they hold."""
    seen = directories.account(storage.account)
    held: dict[str, list[str]] = {}
    for one in seen.value.found if isinstance(seen, Observed) else ():
        for spn in one.spns:
            host = spn.partition("/")[2].partition("/")[0].partition(":")[0].lower()
            held.setdefault(host, []).append(spn)
    return held


def _judged(storage: Storage, directories: Directories, asked: list[SpnHostAnswer]) -> Iterator[Verdict]:
    by_host: dict[str, list[SpnHostAnswer]] = {}
    for one in asked:
        by_host.setdefault(one.host, []).append(one)
    gone, unsure = [], []
    for host, answers in by_host.items():
        told = [one.seen.value for one in answers if isinstance(one.seen, Observed) and one.seen.value.decided]
        if not told:
            unsure.append(answers[0].seen)
        elif not any(value.addresses for value in told):
            gone.append(host)
    spns = [spn for host in gone for spn in _spns(directories, storage).get(host, [])]
    if spns:
        yield STALE(
            storage.account,
            *(one.seen for one in asked if one.host in gone),
            expected="names that resolve",
            found=", ".join(gone),
            spn=spns[0],
            spns=spns,
            account=storage.account.rpartition("@")[0],
        )
    if unsure:
        yield unknown(storage.account, *unsure)
    elif not spns:
        yield fine(storage.account, *(one.seen for one in asked[:3]))


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
        asked = [one for one in hosts.hosts if one.storage == storage.name and one.host not in stated]
        seen = directories.account(storage.account)
        if asked:
            yield from _judged(storage, directories, asked)
        elif isinstance(seen, Unobserved):
            yield unknown(storage.account, seen)
        else:
            yield unknown(storage.account, says=f"{storage.account} has no other SPN with a full host name")
