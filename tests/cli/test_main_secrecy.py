"""Secrets are planted everywhere, everything crashes that can, and nothing that is written holds one."""

from __future__ import annotations

import base64
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CANARIES = {"env": b"canary-ENV-4711", "file": b"canary-FILE-0815", "keytab": bytes(range(0x90, 0xB0))}

CRASHERS = """
from krbcheck.asking.ask import Ask, Server, call
from krbcheck.facts.names import Controllers, NameAnswer, NameAnswers
from krbcheck.credentials.wallet import Wallet


def all_secrets(wallet):
    held = [one.reveal() for one in wallet.secrets()]
    assert len(held) >= 3
    return held


def probe(held):
    raise ValueError(" ".join(f"{one!r} {one.hex()} {one.decode(errors='replace')}" for one in held))


def name_answers(wallet: Wallet):
    (seen,) = yield [Ask(call(probe, all_secrets(wallet)), "a question", Server("192.0.2.1", 53, "dns"), "alice")]
    return NameAnswers((NameAnswer("alice", "name", "A", "192.0.2.1", seen),))


def controllers(wallet: Wallet):
    yield []
    raise KeyError(all_secrets(wallet))
"""

DRIVER = """
import sys
from pathlib import Path
from krbcheck.cli.asking_here import collect_here
from krbcheck.cli.exits import FailOn
from krbcheck.cli.inputs import load_site
from krbcheck.cli.main import conclude
from krbcheck.cli.outputs import Order, Sink, deliver
from krbcheck.facts.names import Controllers, NameAnswers
from krbcheck.asking.this_host import read_this_host
from krbcheck.judging.registry import load

path, save, report, text = (Path(one) for one in sys.argv[1:])
table = {"NameAnswers": "crashers:name_answers", "Controllers": "crashers:controllers"}


def work():
    site = load_site(path)
    sinks = (Sink("terminal"), Sink("json", report), Sink("terminal", text))
    order = Order(site, list(load().values()), (), sinks, save, FailOn.ERROR, False)
    found = collect_here(site, path, read_this_host(site), (NameAnswers, Controllers), table, quiet=False)
    return deliver(order, found)


conclude(work)
"""


def keytab() -> bytes:
    realm, name, key = b"VMLEVEL.TEST", b"alice-hv01$", CANARIES["keytab"]
    body = struct.pack(">HH", 1, len(realm)) + realm + struct.pack(">H", len(name)) + name
    body += struct.pack(">IIBHH", 1, 0, 1, 18, len(key)) + key
    return b"\x05\x02" + struct.pack(">i", len(body)) + body


@pytest.fixture
def planted(site: Path, tmp_path: Path) -> Path:
    (tmp_path / "secret").write_bytes(CANARIES["file"] + b"\n")
    (tmp_path / "keytab").write_bytes(keytab())
    (tmp_path / "crashers.py").write_text(CRASHERS)
    text = site.read_text()
    text = text.replace("{name_servers: [127.77.0.1]}", "{account: r@TINTRI.TEST, secret: {file: secret}}")
    text = text.replace("alice-hv01$@VMLEVEL.TEST'}", "alice-hv01$@VMLEVEL.TEST', secret: {keytab: keytab}}")
    site.write_text(text)
    return site


def writings(secret: bytes) -> Iterator[bytes]:
    """A secret as it is, and as programs tend to write it."""
    yield from (secret, secret.hex().encode(), secret.hex().upper().encode(), repr(secret)[2:-1].encode())
    yield from (base64.b64encode(secret).rstrip(b"="), base64.urlsafe_b64encode(secret).rstrip(b"="))
    yield secret.decode(errors="replace").encode()


def leaks(said: bytes) -> list[str]:
    return [name for name, secret in CANARIES.items() for writing in writings(secret) if writing in said]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    paths = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"KRBCHECK_TEST_READER": CANARIES["env"].decode(), "PYTHONPATH": os.pathsep.join(paths)}


def test_nothing_that_is_written_holds_a_secret(
    process: Callable[..., Any], planted: Path, tmp_path: Path, environ: dict[str, str]
) -> None:
    files = [tmp_path / name for name in ("facts.json", "report.json", "collected.json")]
    outputs = ["--format", "json", "--output", files[1], "--format", "terminal"]
    ran = process("run", planted, "--save", files[0], *outputs, environ=environ)
    collected = process("collect", planted, "--save", files[2], environ=environ)
    assert (ran.status, collected.status) == (1, 0), ran.err
    assert "ERROR" in ran.out
    said = [entry.out.encode() + entry.err.encode() for entry in (ran, collected)]
    assert [leaks(entry) for entry in (*said, *(path.read_bytes() for path in files))] == [[]] * 5


def test_what_crashes_with_secrets_in_its_hands_shows_none(
    process: Callable[..., Any], planted: Path, tmp_path: Path, environ: dict[str, str]
) -> None:
    files = [tmp_path / name for name in ("facts.json", "report.json", "report.txt")]
    ran = process(planted, *files, code=DRIVER, environ=environ)
    assert ran.status == 4, ran.err
    written = [path.read_bytes() for path in files]
    assert [leaks(entry) for entry in (ran.out.encode(), ran.err.encode(), *written)] == [[]] * 5
    assert b"ValueError: b'***' ***" in written[0]
    assert b"KeyError: [b'***'" in written[1]
    assert ran.out.count("CRASHED") == 2


COMMAND = """
import sys
from pathlib import Path
from krbcheck.cli import asking_here, main
from krbcheck.credentials import loading


def crash(held):
    raise ValueError(" ".join(f"{one!r} {one.hex()} {one.decode(errors='replace')}" for one in held))


class Crashing(asking_here.Collecting):
    def __init__(self, site, this_host, wallet, *others, **more):
        crash([entry.reveal() for entry in wallet.secrets()])


def crashing_source(principal, source, around):
    found = usual(principal, source, around)
    if source.kind == "keytab":
        crash([b"canary-ENV-4711"])
    return found


usual = loading.credential_of
if sys.argv[1] == "collecting":
    asking_here.Collecting = Crashing
else:
    loading.credential_of = crashing_source
main.conclude(lambda: main.run(["run", sys.argv[2]]))
"""


@pytest.mark.parametrize("where", ["collecting", "loading"])
def test_the_traceback_of_a_command_shows_no_secret(
    process: Callable[..., Any], planted: Path, environ: dict[str, str], where: str
) -> None:
    ran = process(where, planted, code=COMMAND, environ=environ)
    assert ran.status == 4, ran.err
    assert "this is a bug in krbcheck" in ran.err
    assert "ValueError: b'***' ***" in ran.err
    assert leaks(ran.err.encode() + ran.out.encode()) == []


def test_a_mistake_in_the_site_file_shows_no_secret(process: Callable[..., Any], planted: Path) -> None:
    planted.write_text(planted.read_text().replace("{file: secret}", CANARIES["env"].decode()))
    ended = process("run", planted)
    assert "the site file must not contain a secret" in ended.line
    assert not leaks(ended.err.encode())


def test_no_command_takes_a_secret_as_an_argument(krbcheck: Callable[..., Any]) -> None:
    for command in ("run", "collect", "judge"):
        said = krbcheck(command, "--help").out.lower()
        assert not any(word in said for word in ("password", "secret", "keytab", "ccache"))
