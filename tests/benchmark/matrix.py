"""The access matrix of a crowd, measured in the lab's station beside other clients; JSON on stdout.

Run from the checkout: `python -m tests.benchmark.matrix SITE ROUNDS`.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from statistics import median

from krbcheck.asking.this_host import read_this_host
from krbcheck.credentials.loading import Surroundings, wallet_of
from krbcheck.probes.kerberos import exchanges, keys, messages, replies
from krbcheck.site.reading import read_site
from tests.benchmark import bare

KRBCHECK = str(Path(sys.executable).with_name("krbcheck"))
PEERS_BIN = Path(__file__).parents[2] / "build" / "peers" / "bin"
SMBMAP, PEERS_PYTHON = str(PEERS_BIN / "smbmap"), str(PEERS_BIN / "python")
Row = tuple[str, str, str]
LIMIT, AT_HAND = "limit: a bare pipelined client, from keytabs", "limit, with tickets in memory"
TRIED, WHOLE = "krbcheck matrix --no-computed, whole process", "krbcheck matrix, with access lists and JSON"
TOOLS, TOOLS_AT_ONCE = "kinit + kvno + smbclient, one after another, no roots", "the same, four at once"
LOOP = "smbprotocol loop, with tickets from a cache, no roots"
SEARCHED = "kvno + smbmap, one after another, one round"
PEERS = (TOOLS, TOOLS_AT_ONCE, LOOP, SEARCHED)


class Crowd:
    """Everything of the crowd that a client needs, got before anything is measured."""

    def __init__(self, site_file: Path) -> None:
        self.site_file = site_file
        self.site = read_site(site_file)
        this_host = read_this_host(self.site)
        self.wallet = wallet_of(
            self.site, this_host.tenants(self.site), Surroundings(str(site_file), os.environ, None, lambda _: None)
        )
        self.shares = [share.name for tenant in self.site.tenants for share in tenant.shares]
        self.kdc = self.site.domains[0].name_servers[0]
        self.principals = [
            (tenant.data_paths[0], this_host.source(tenant.name), principal)
            for tenant, principal in self.site.principals()
        ]

    def prepared(self) -> list[bare.Prepared]:
        """Fresh packets and tickets: an authenticator is good for one use."""
        found = []
        for path, source, principal in self.principals:
            tgt = exchanges.tgt_at_once(self.wallet, principal.name, self.kdc, source, 30).tickets[0]
            realm, now, nonce = principal.realm, exchanges._now(), messages.new_nonce()
            held = self.wallet.credential(principal.name).keys[0]
            key = replies.key(held.etype, held.key.reveal())
            first = messages.as_req(realm, principal.account, (held.etype,), nonce, now, key)
            second = messages.tgs_req(tgt, realm, path.spn, keys.OFFERED, nonce, now)
            ticket = exchanges.service_ticket(tgt, realm, path.spn, self.kdc, source, 30).tickets[0]
            found.append(bare.Prepared(self.kdc, (first, second), ticket, path.name, path.address, source))
        return found


def krbcheck(crowd: Crowd, *options: str) -> int:
    """The most memory that it had, in KiB."""
    command = [KRBCHECK, "matrix", str(crowd.site_file), *options, "--output", os.devnull, "--quiet"]
    with subprocess.Popen(command) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"krbcheck matrix ended with {process.returncode}")
    return usage.ru_maxrss


def library(crowd: Crowd, folder: str) -> None:
    """smbprotocol in a process of its own, with the tickets that `tools` left in the folder."""
    address = socket.gethostbyname(crowd.site.storages[0].management)
    sessions = [
        (f"FILE:{folder}/cc{number}", path.name, principal.name)
        for number, (path, _, principal) in enumerate(crowd.principals)
    ]
    plan = Path(folder, "plan.json")
    plan.write_text(json.dumps({"address": address, "shares": crowd.shares, "sessions": sessions}))
    run([PEERS_PYTHON, str(Path(__file__).with_name("smbprotocol_loop.py")), str(plan)])


def tools(crowd: Crowd, folder: str, at_once: int) -> None:
    """kinit, kvno and one smbclient a principal. It binds no source address, so that it goes by the way
    that the station has to the storage's management.
    """
    address = socket.gethostbyname(crowd.site.storages[0].management)
    words = "; ".join(f"tcon {share}" for share in crowd.shares)

    def one(number: int) -> None:
        path, _, principal = crowd.principals[number]
        cache = f"FILE:{folder}/cc{number}"
        around = {**os.environ, "KRB5CCNAME": cache}
        assert principal.secret is not None
        run(["kinit", "-k", "-t", principal.secret.location, principal.name], around)
        run(["kvno", "-q", f"{path.spn}@{principal.realm}"], around)
        there = [f"//{path.name}/IPC$", "-I", address, "--use-kerberos=required", f"--use-krb5-ccache={cache}"]
        run(["smbclient", *there, "-c", words], around, tried=len(crowd.shares))

    with ThreadPoolExecutor(at_once) as workers:
        list(workers.map(one, range(len(crowd.principals))))


def searched(crowd: Crowd, folder: str) -> None:
    """One smbmap a principal, with the ticket that `tools` left in the folder and one for the address that it asks for.

    It tries the shares that the storage lists for the principal: a tenant's half.
    """
    address = socket.gethostbyname(crowd.site.storages[0].management)
    lists = {principal.name: len(tenant.shares) for tenant in crowd.site.tenants for principal in tenant.principals}

    def one(number: int) -> None:
        _, _, principal = crowd.principals[number]
        around = {**os.environ, "KRB5CCNAME": f"{folder}/cc{number}"}
        run(["kvno", "-q", f"cifs/{address}@{principal.realm}"], around)
        asked = ["-H", address, "-k", "--no-pass", "-u", principal.account, "-d", principal.realm, "--dc-ip", crowd.kdc]
        command = [SMBMAP, *asked, "--no-write-check", "--no-banner", "--no-color", "--no-update"]
        done = subprocess.run(command, env=around, capture_output=True, text=True, check=False)
        if len(re.findall(r"-share\d+\s+READ ONLY", done.stdout)) != lists[principal.name]:
            sys.exit(f"smbmap ended with {done.returncode}: {done.stderr}{done.stdout[-500:]}")

    for number in range(len(crowd.principals)):
        one(number)


def run(command: Sequence[str], environment: dict[str, str] | None = None, *, tried: int = 0) -> None:
    """With `tried` the shares that a smbclient tells of; its end says only how the last one went."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    reply = (done.stdout + done.stderr).count("tcon to ") + (done.stdout + done.stderr).count("tcon failed")
    if (reply != tried) if tried else done.returncode:
        sys.exit(f"{' '.join(command[:3])} ended with {done.returncode}: {done.stderr}{done.stdout[-500:]}")


def main(site_file: Path, rounds: int) -> None:
    crowd = Crowd(site_file)
    roots = sum(len(tenant.principals) * len(tenant.shares) for tenant in crowd.site.tenants)
    spent: defaultdict[str, list[float]] = defaultdict(list)
    memory = 0

    def measure(name: str, work: Callable[[], object]) -> None:
        began = time.monotonic()
        work()
        spent[name].append(time.monotonic() - began)

    def limit(ready: Sequence[bare.Prepared]) -> None:
        if (opened := bare.run(ready, crowd.shares)) != roots:
            sys.exit(f"the bare client opened {opened} shares where {roots} open")

    def tool(*options: str) -> None:
        nonlocal memory
        memory = max(memory, krbcheck(crowd, *options))

    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            ready = crowd.prepared()
            measure(LIMIT, lambda ready=ready: limit(ready))  # type: ignore[misc]
            measure(TRIED, lambda: tool("--no-computed", "--format", "csv"))
            held = [replace(prepared, messages=()) for prepared in crowd.prepared()]
            measure(AT_HAND, lambda held=held: limit(held))  # type: ignore[misc]
            measure(WHOLE, lambda: tool("--format", "json"))
            measure(TOOLS, lambda: tools(crowd, folder, 1))
            measure(TOOLS_AT_ONCE, lambda: tools(crowd, folder, bare.CONNECTIONS))
            measure(LOOP, lambda: library(crowd, folder))
        measure(SEARCHED, lambda: searched(crowd, folder))
    sys.stdout.write(json.dumps([*_rows(crowd, spent), ("  its memory at the most", f"{memory >> 10} MiB", "120 MiB")]))


def _rows(crowd: Crowd, spent: Mapping[str, Sequence[float]]) -> Iterator[Row]:
    yield f"matrix {len(crowd.principals)} x {len(crowd.shares)}, medians of {len(spent[LIMIT])}:", "", ""
    took = {name: median(each) for name, each in spent.items()}
    for name in (LIMIT, AT_HAND):
        yield f"  {name}", f"{took[name]:.2f} s", ""
    for name in (TRIED, WHOLE):
        yield f"  {name}", f"{took[name]:.2f} s, {took[name] / took[LIMIT]:.1f} x the limit", "2 x" * (name == TRIED)
    goals = {TOOLS: "3 x", SEARCHED: "40 x"}
    for name in PEERS:
        yield f"  {name}", f"{took[name]:.2f} s, {took[name] / took[TRIED]:.1f} x krbcheck", goals.get(name, "")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
