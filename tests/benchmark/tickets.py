"""Many tickets from keytabs: krbcheck beside a bare client that only sends what was prepared.

Measured in the lab's station after `lab askers N`; JSON on stdout. Both ask the same KDC for the same: a TGT for each
principal (two messages, the second with proof of the key) and a ticket for each of them and each service.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

from krbcheck.asking.collection import Collecting
from krbcheck.asking.scheduler import Limits, Silent
from krbcheck.asking.this_host import read_this_host
from krbcheck.collectors import COLLECTORS
from krbcheck.credentials.loading import Surroundings, wallet_of
from krbcheck.facts.kerberos import ServiceTickets, TicketFacts
from krbcheck.facts.observation import Observed
from krbcheck.probes.kerberos import exchanges, keys, messages, replies
from krbcheck.site.reading import read_site
from krbcheck.site.stated import Site

ROUNDS = 5
SIZES = ((10, 10), (40, 10))
REALM, STORE = "FABRIC.COM", "askerstore$@FABRIC.COM"
CONNECTIONS = (4, 8)
Row = tuple[str, str, str]
Messages = list[list[bytes]]
"""What depends on each other in one list: it is sent in order."""


def keytab(name: str, password: bytes) -> bytes:
    """One AES256 key, as MIT's format 2 has it; a user's salt is realm and name (MS-KILE 3.1.1.2)."""
    key = keys.string_to_key(keys.AES256, password, f"{REALM}{name}".encode()).reveal()

    def counted(data: bytes) -> bytes:
        return struct.pack(">H", len(data)) + data

    entry = struct.pack(">H", 1) + counted(REALM.encode()) + counted(name.encode())
    entry += struct.pack(">IIBH", 1, 0, 1, keys.AES256) + counted(key)
    return b"\x05\x02" + struct.pack(">i", len(entry)) + entry


def site_file(folder: Path, lab_site: Path, principals: int, services: int) -> Path:
    """A site with one tenant; nothing is asked of its storage."""
    server = next(domain for domain in read_site(lab_site).domains if domain.realm == REALM).name_servers[0]
    password = (lab_site.parent / "askers.secret").read_bytes()
    paths = [
        f"      - {{name: asker{number}.fabric.com, address: 10.77.11.31, storage: askers}}"
        for number in range(services)
    ]
    hosts = []
    for number in range(principals):
        file = folder / f"asker{number}.keytab"
        file.write_bytes(keytab(f"asker{number}", password))
        file.chmod(0o600)
        hosts.append(f"      - {{name: asker{number}@{REALM}, secret: {{keytab: {file.name}}}}}")
    lines = ["krbcheck: 1", "domains:", f"  fabric.com: {{name_servers: [{server}]}}", "storage:"]
    lines += [f"  askers: {{account: '{STORE}'}}", "tenants:", "  askers:", "    networks: [10.77.11.0/24]"]
    lines += [f"    name_servers: [{server}]", "    vantage: {source: 10.77.11.9}", "    data_paths:", *paths]
    lines += ["    principals:", *hosts]
    written = folder / "site.yaml"
    written.write_text("\n".join(lines) + "\n")
    return written


def ours(file: Path) -> tuple[int, int]:
    """The whole way from the site file to the facts; how many tickets came of it, and how many exchanges it took."""
    site = read_site(file)
    this_host = read_this_host(site)
    wallet = wallet_of(site, this_host.tenants(site), Surroundings(str(file), os.environ, None, lambda _: None))
    collecting = Collecting(site, this_host, wallet, COLLECTORS, Limits(), Silent())
    collecting.run([ServiceTickets])
    family = collecting.facts[ServiceTickets]
    assert isinstance(family, ServiceTickets)
    hops = [hop for path in family.paths for hop in path.hops]
    served = [entry for entry in hops if isinstance(entry.seen, Observed) and isinstance(entry.seen.value, TicketFacts)]
    return len(served), len(hops) + 2 * len({path.principal for path in family.paths})


def prepared(file: Path) -> tuple[str, Messages, Messages]:
    """The KDC, the AS requests of each principal, and its TGS requests, all made beforehand."""
    site = read_site(file)
    wallet = wallet_of(
        site, read_this_host(site).tenants(site), Surroundings(str(file), os.environ, None, lambda _: None)
    )
    address = site.domains[0].name_servers[0]
    now, first, second = datetime.now(UTC), [], []
    for _, principal in site.principals():
        tgt = exchanges.tgt(wallet, principal.name, address, "", 10.0).tickets[0]
        etypes, nonce = (keys.AES256,), messages.new_nonce()
        (held,) = wallet.credential(principal.name).keys
        key = replies.key(held.etype, held.key.reveal())
        bare = messages.as_req(REALM, principal.account, etypes, nonce, now)
        first.append([bare, messages.as_req(REALM, principal.account, etypes, nonce, now, key)])
        second += [
            [messages.tgs_req(tgt, REALM, spn, keys.OFFERED, messages.new_nonce(), now)] for spn in services(site)
        ]
    return address, first, second


def services(site: Site) -> Iterator[str]:
    return (path.spn for path in site.tenants[0].data_paths)


def bare(address: str, messages: Messages, connections: int) -> None:
    """A connection for each message, as KDCs have it, so many at once."""

    def send(those: list[bytes]) -> None:
        for message in those:
            with socket.create_connection((address, exchanges.PORT), 30) as connection:
                connection.sendall(len(message).to_bytes(4, "big") + message)
                reply = connection.makefile("rb")
                reply.read(int.from_bytes(reply.read(4), "big"))

    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(send, messages))


def limit(address: str, rounds: Sequence[Messages], connections: int) -> None:
    for round_ in rounds:
        bare(address, round_, connections)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    began, cpu = time.monotonic(), time.process_time()
    work()
    return time.monotonic() - began, time.process_time() - cpu


def rows(lab_site: Path, principals: int, count: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        file = site_file(Path(name), lab_site, principals, count)
        served, exchanges = ours(file)
        assert served == principals * count, f"{served} tickets of {principals * count}"
        address, first, second = prepared(file)
        spent: dict[int, list[tuple[float, float]]] = {0: [], **{connection: [] for connection in CONNECTIONS}}
        for _ in range(ROUNDS):
            for connections in CONNECTIONS:
                spent[connections].append(timed(partial(limit, address, (first, second), connections)))
            spent[0].append(timed(partial(ours, file)))
    seconds = {which: median(entry for entry, _ in each) for which, each in spent.items()}
    cpu = median(entry for _, entry in spent[0])
    least = min(seconds[connection] for connection in CONNECTIONS)
    what = f"tickets {principals} x {count}"
    return [
        *(
            (f"{what}, bare client, {connection} at once", f"{seconds[connection]:.2f} s", "")
            for connection in CONNECTIONS
        ),
        (f"{what}, krbcheck from keytabs", f"{seconds[0]:.2f} s, {seconds[0] / least:.2f} x limit", "goal 1.5 x"),
        (f"{what}, krbcheck's CPU an exchange", f"{cpu / exchanges * 1000:.2f} ms", "goal 3 ms"),
    ]


def main(lab_site: Path) -> None:
    sys.stdout.write(json.dumps([row for size in SIZES for row in rows(lab_site, *size)]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
