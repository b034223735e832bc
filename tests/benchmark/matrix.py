"""The access matrix of a crowd, measured in the lab's station beside other clients; JSON on stdout.

Run from the checkout: `python -m tests.benchmark.matrix SITE ROUNDS`.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from krbcheck.place import here
from krbcheck.probes import kerberos, kerberos_keys, kerberos_replies, kerberos_wire
from krbcheck.probes.smb_session import begin
from krbcheck.probes.smb_tokens import KerberosTokens
from krbcheck.probes.tcp_stream import Stream
from krbcheck.secrets import Surroundings, wallet_of
from krbcheck.sitefile import read_site
from tests.benchmark import bare

KRBCHECK = str(Path(sys.executable).with_name("krbcheck"))
Row = tuple[str, str, str]


class Crowd:
    """Everything of the crowd that a client needs, got before anything is measured."""

    def __init__(self, site_file: Path) -> None:
        self.site_file = site_file
        self.site = read_site(site_file)
        place = here(self.site)
        self.wallet = wallet_of(self.site, place, Surroundings(str(site_file), os.environ, None, lambda _: None))
        self.shares = [share.name for tenant in self.site.tenants for share in tenant.shares]
        self.kdc = self.site.domains[0].name_servers[0]
        self.principals = [
            (tenant.data_paths[0], place.source(tenant.name), principal) for tenant, principal in self.site.principals()
        ]

    def prepared(self) -> list[bare.Prepared]:
        """Fresh packets and tickets: an authenticator is good for one use."""
        found = []
        for path, source, principal in self.principals:
            tgt = kerberos.tgt_at_once(self.wallet, principal.name, self.kdc, source, 30).tickets[0]
            realm, now, nonce = principal.realm, kerberos._now(), kerberos_wire.new_nonce()
            held = self.wallet.credential(principal.name).keys[0]
            key = kerberos_replies.key(held.etype, held.key.reveal())
            first = kerberos_wire.as_req(realm, principal.account, (held.etype,), nonce, now, key)
            second = kerberos_wire.tgs_req(tgt, realm, path.spn, kerberos_keys.OFFERED, nonce, now)
            ticket = kerberos.service_ticket(tgt, realm, path.spn, self.kdc, source, 30).tickets[0]
            found.append(bare.Prepared(self.kdc, (first, second), ticket, path.name, path.address, source))
        return found


def krbcheck(crowd: Crowd) -> None:
    run(
        [
            KRBCHECK,
            "matrix",
            str(crowd.site_file),
            "--no-computed",
            "--format",
            "csv",
            "--output",
            os.devnull,
            "--quiet",
        ]
    )


def library(ready: Sequence[bare.Prepared], shares: Sequence[str]) -> None:
    """smbprotocol, one request after another, tickets at hand."""
    for one in ready:
        with Stream(one.address, 445, one.source, 60) as stream:
            session, _ = begin(stream, one.server, KerberosTokens(one.ticket))
            for share in shares:
                session.wire.ask(session.tree_connect(share), session.session_id)
            session.log_off()


def tools(crowd: Crowd, folder: str) -> None:
    """kinit, kvno and one smbclient a principal, four at once."""
    words = "; ".join(f"tcon {share}" for share in crowd.shares)

    def one(number: int) -> None:
        path, _, principal = crowd.principals[number]
        cache = f"FILE:{folder}/cc{number}"
        around = {**os.environ, "KRB5CCNAME": cache}
        assert principal.secret is not None
        run(["kinit", "-k", "-t", principal.secret.place, principal.name], around)
        run(["kvno", "-q", f"{path.spn}@{principal.realm}"], around)
        run(["smbclient", f"//{path.name}/IPC$", "--use-kerberos=required", f"--use-krb5-ccache={cache}", "-c", words],
            around, any_end=True)  # fmt: skip

    with ThreadPoolExecutor(bare.CONNECTIONS) as workers:
        list(workers.map(one, range(len(crowd.principals))))


def run(command: Sequence[str], environment: dict[str, str] | None = None, *, any_end: bool = False) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode and not any_end:
        sys.exit(f"{' '.join(command[:3])} ended with {done.returncode}: {done.stderr}{done.stdout[-500:]}")


def timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def main(site_file: Path, rounds: int) -> None:
    crowd = Crowd(site_file)
    names = ("bare", "krbcheck", "tools", "library")
    spent: dict[str, list[float]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            ready = crowd.prepared()
            spent["bare"].append(timed(lambda ready=ready: bare.run(ready, crowd.shares)))  # type: ignore[misc]
            spent["krbcheck"].append(timed(lambda: krbcheck(crowd)))
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of the largest child so far
            spent["tools"].append(timed(lambda: tools(crowd, folder)))
            ready = crowd.prepared()
            spent["library"].append(timed(lambda ready=ready: library(ready, crowd.shares)))  # type: ignore[misc]
    limit, ours, theirs, loop = (median(spent[name]) for name in names)
    size = f"{len(crowd.principals)} x {len(crowd.shares)}"
    rows: list[Row] = [
        (f"matrix {size}, bare pipelined client, from keytabs", f"{limit:.2f} s", "limit"),
        (f"matrix {size}, krbcheck matrix, whole process", f"{ours:.2f} s, {ours / limit:.1f} x", "goal 2 x"),
        (f"matrix {size}, kinit + kvno + smbclient, four at once", f"{theirs:.2f} s, {theirs / limit:.1f} x", ""),
        (f"matrix {size}, smbprotocol loop, tickets at hand", f"{loop:.2f} s, {loop / limit:.1f} x", ""),
        (f"matrix {size}, krbcheck's memory", f"{memory / 1024:.0f} MiB", "goal 120 MiB"),
    ]
    sys.stdout.write(json.dumps(rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
