"""One pass over a large directory for SPNs with two owners: krbcheck beside what a person runs; JSON on stdout.

Measured in the lab's station after `lab fill 20000`. Both sides have their tickets; krbcheck's whole process
requests its own.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from krbcheck.asking.this_host import read_this_host
from krbcheck.credentials.loading import Surroundings, wallet_of
from krbcheck.credentials.wallet import Ticket
from krbcheck.probes.kerberos import exchanges
from krbcheck.site.reading import read_site

ROUNDS = 5
DOMAIN, HOST, BASE = "fabric.com", "fadc.fabric.com", "DC=fabric,DC=com"
SECONDS = 120.0
Row = tuple[str, str, str]


def ticket(site_file: str) -> tuple[str, Ticket]:
    """The controller's address, and the ticket of the account that reads its directory."""
    site = read_site(Path(site_file))
    domain = site.domain(DOMAIN)
    assert domain is not None
    address = domain.name_servers[0]
    wallet = wallet_of(
        site, read_this_host(site).tenants(site), Surroundings(site_file, os.environ, None, lambda _: None)
    )
    tgt: Ticket = exchanges.tgt(wallet, domain.account, address, "", 10.0).tickets[0]
    granted: Ticket = exchanges.service_ticket(tgt, domain.realm, f"ldap/{HOST}", address, "", 10.0).tickets[0]
    return address, granted


def whole(site_file: str, port: int) -> None:
    """The process that is measured as a whole: tickets, the pass, and what memory it took beyond its libraries."""
    import cryptography.hazmat.primitives.ciphers
    import impacket.krb5.crypto
    import ldap3.protocol.sasl.sasl

    from krbcheck.probes.ldap import census

    loaded = [cryptography.hazmat.primitives.ciphers, impacket.krb5.crypto, ldap3.protocol.sasl.sasl]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    address, granted = ticket(site_file)
    began, cpu = time.monotonic(), time.process_time()
    seen = census.census(address, port, granted, SECONDS).value
    spent, cpu = time.monotonic() - began, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert loaded
    sys.stdout.write(json.dumps([seen.accounts, seen.spns, len(seen.shared), spent, cpu, memory / 1024]))


def pipeline(folder: str) -> list[str]:
    search = (
        f"ldapsearch -N -Q -Y GSSAPI -O minssf=56 -LLL -o ldif-wrap=no -H ldap://{HOST} -b {BASE} "
        "-E pr=1000/noprompt '(servicePrincipalName=*)' servicePrincipalName"
    )
    found = Path(folder, "twice")
    return ["sh", "-c", f"{search} | grep '^servicePrincipalName' | tr A-Z a-z | sort | uniq -d > {found}"]


def kinit(site_file: str, folder: str) -> None:
    """Tickets for the pipeline, by a krb5.conf that knows this realm alone."""
    site = read_site(Path(site_file))
    domain = site.domain(DOMAIN)
    assert domain is not None
    realms = f"{domain.realm} = {{\nkdc = {domain.name_servers[0]}\n}}"
    Path(folder, "krb5.conf").write_text(
        f"[libdefaults]\ndefault_realm = {domain.realm}\ndns_lookup_kdc = false\n[realms]\n{realms}\n"
        f"[domain_realm]\n.{DOMAIN} = {domain.realm}\n"
    )
    os.environ |= {"KRB5_CONFIG": f"{folder}/krb5.conf", "KRB5CCNAME": f"FILE:{folder}/ccache"}
    password = Path(site_file).with_name(f"{DOMAIN}.secret").read_text()
    subprocess.run(["kinit", domain.account], input=password, text=True, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["kvno", "-q", f"ldap/{HOST}"], check=True)


def seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def rows(site_file: str) -> list[Row]:
    reply: dict[int, list[list[float]]] = {389: [], 3268: []}
    spent: dict[str, list[float]] = {"pipeline": [], "389": [], "3268": []}

    def ours(port: int) -> None:
        command = [sys.executable, __file__, site_file, str(port)]
        reply[port].append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))

    with tempfile.TemporaryDirectory() as folder:
        kinit(site_file, folder)
        for _ in range(ROUNDS):
            spent["pipeline"].append(seconds(lambda: subprocess.run(pipeline(folder), check=True)))
            for port in reply:
                spent[str(port)].append(seconds(lambda port=port: ours(port)))  # type: ignore[misc]
    peer = median(spent["pipeline"])
    found = [("sealed, paged ldapsearch | sort | uniq -d", f"{peer:.2f} s", "")]
    for port, name in ((389, "directory"), (3268, "global catalogue")):
        accounts, spns, _, passed, cpu, memory = (median(column) for column in zip(*reply[port], strict=True))
        what = f"krbcheck at the {name}, {accounts:.0f} accounts, {spns:.0f} SPNs"
        found += [
            (f"{what}: the pass", f"{passed:.2f} s, {passed / peer:.2f} x", "goal 1.2 x"),
            (f"{what}: process", f"{median(spent[str(port)]):.2f} s, {median(spent[str(port)]) / peer:.2f} x", ""),
            (f"{what}: CPU, memory", f"{cpu:.2f} s, {memory:.0f} MiB", "goal 64 MiB"),
        ]
    return found


def main(arguments: list[str]) -> None:
    if len(arguments) > 1:
        whole(arguments[0], int(arguments[1]))
    else:
        sys.stdout.write(json.dumps(rows(arguments[0])))


if __name__ == "__main__":
    main(sys.argv[1:])
