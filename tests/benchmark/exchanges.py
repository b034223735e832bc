"""Single exchanges, measured in the lab's station beside what other clients, or nobody, could do; JSON on stdout."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from krbcheck.asking.ask import Ask, Server, call
from krbcheck.asking.scheduler import Limits, Scheduler, Silent
from krbcheck.asking.this_host import read_this_host
from krbcheck.collectors.dns.name_servers import SECONDS
from krbcheck.credentials.loading import Surroundings, wallet_of
from krbcheck.credentials.wallet import Ticket
from krbcheck.probes.dns import queries
from krbcheck.probes.kerberos import exchanges, keys, messages
from krbcheck.site.reading import read_site
from krbcheck.site.stated import Site

ROUNDS = 5
QUESTIONS = 1000
TICKETS = 100
Row = tuple[str, str, str]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and seconds of CPU of this process."""
    began, cpu = time.monotonic(), time.process_time()
    work()
    return time.monotonic() - began, time.process_time() - cpu


def in_turn(*works: Callable[[], object]) -> list[tuple[float, float]]:
    """The median seconds and CPU seconds of each, run alternately."""
    rounds = [[timed(work) for work in works] for _ in range(ROUNDS)]
    return [
        (median(each[number][0] for each in rounds), median(each[number][1] for each in rounds))
        for number in range(len(works))
    ]


def together(asks: Sequence[Ask[object]]) -> None:
    """As a collection asks them."""
    scheduler = Scheduler(Limits(), Silent())
    for ask in asks:
        scheduler.add(ask)
    while scheduler.ended < len(asks):
        scheduler.next()


def dns_rows(site: Site) -> list[Row]:
    server, names = site.domains[0].name_servers[0], [path.name for _, path in site.paths()]
    questions = [names[number % len(names)] for number in range(QUESTIONS)]

    def ours() -> None:
        batch = [(name, "A") for name in questions]
        seconds = queries.longest(QUESTIONS, SECONDS)
        server_limits = Server(server, queries.PORT, "dns")
        together([Ask(call(queries.ask, batch, server, "", SECONDS), "names", server_limits, seconds=seconds)])

    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "questions")
        listed.write_text("".join(f"{name} A\n" for name in questions))

        def dig() -> None:
            subprocess.run(["dig", f"@{server}", "-f", str(listed)], stdout=subprocess.DEVNULL, check=True)

        (ours_seconds, cpu), (dig_seconds, _) = in_turn(ours, dig)
    return [
        (f"DNS, {QUESTIONS} questions, dig -f", f"{dig_seconds:.2f} s", ""),
        (
            f"DNS, {QUESTIONS} questions, krbcheck (CPU {cpu:.2f} s)",
            f"{ours_seconds:.2f} s, {ours_seconds / dig_seconds:.1f} x dig",
            "goal 4 x dig",
        ),
    ]


def limit(message: bytes, address: str) -> None:
    """A prepared request again and again: what the KDC gives to a client that does nothing."""
    for _ in range(TICKETS):
        with socket.create_connection((address, exchanges.PORT), 10) as connection:
            connection.sendall(len(message).to_bytes(4, "big") + message)
            reply = connection.makefile("rb")
            reply.read(int.from_bytes(reply.read(4), "big"))


def ticket_rows(site: Site, site_file: Path) -> list[Row]:
    """TGS exchanges for the storage's SPN at the KDC of its own domain."""
    wallet = wallet_of(
        site, read_this_host(site).tenants(site), Surroundings(str(site_file), os.environ, None, lambda _: None)
    )
    storage = site.storages[0]
    domain = site.domain(storage.domain)
    if domain is None:
        return []
    address, realm = domain.name_servers[0], domain.realm
    path = next(path for _, path in site.paths() if path.storage == storage.name)
    tgt: Ticket = exchanges.tgt(wallet, domain.account, address, "", 10.0).tickets[0]
    message = messages.tgs_req(tgt, realm, path.spn, keys.OFFERED, messages.new_nonce(), exchanges._now())

    def one_by_one() -> None:
        for _ in range(TICKETS):
            exchanges.service_ticket(tgt, realm, path.spn, address, "", 10.0)

    def side_by_side() -> None:
        exchange = call(exchanges.service_ticket, tgt, realm, path.spn, address, "", 10.0)
        ask = Ask(exchange, path.spn, Server(address, 88, "kdc"), seconds=10.0)
        together([ask] * TICKETS)

    (bare, _), (single, cpu), (many, _) = in_turn(lambda: limit(message, address), one_by_one, side_by_side)
    return [
        (f"TGS, {TICKETS} exchanges, bare client", f"{TICKETS / bare:.0f} a second", ""),
        (f"TGS, {TICKETS} exchanges, krbcheck one by one", f"{TICKETS / single:.0f} a second", ""),
        (f"TGS, {TICKETS} exchanges, krbcheck as it collects", f"{TICKETS / many:.0f} a second", ""),
        ("TGS, krbcheck's CPU an exchange", f"{cpu / TICKETS * 1000:.1f} ms", "goal 3 ms"),
    ]


def key_rows() -> list[Row]:
    from impacket.krb5 import crypto

    password, salt = b"a password of some length", b"VMLEVEL.COMhostalice-hv01.vmlevel.com"
    (ours, _), (theirs, _) = in_turn(
        lambda: keys.string_to_key(keys.AES256, password, salt),
        lambda: crypto.string_to_key(keys.AES256, password.decode(), salt, None),
    )
    return [
        ("string-to-key (AES256), impacket", f"{theirs * 1000:.1f} ms", ""),
        ("string-to-key (AES256), krbcheck", f"{ours * 1000:.1f} ms", "goal 3 ms"),
    ]


def main(site_file: Path) -> None:
    site = read_site(site_file)
    rows = [*dns_rows(site), *ticket_rows(site, site_file), *key_rows()]
    sys.stdout.write(json.dumps(rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
