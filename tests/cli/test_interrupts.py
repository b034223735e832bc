"""Ctrl-C at any moment: what is known by then is reported, status 130, no traceback, nothing left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

FAKES = """
import sys, time
from krbcheck.asking.ask import Ask, Server, call
from krbcheck.facts.names import Controllers, DnsAnswer, NameAnswer, NameAnswers


def told():
    return DnsAnswer("NOERROR", ("10.77.11.30",))


def silent():
    sys.stderr.write("asking\\n")
    sys.stderr.flush()
    time.sleep(60)


def controllers():
    yield []
    return Controllers()


def name_answers(controllers: Controllers):
    first = yield [Ask(call(told), "a question", Server("192.0.2.1", 53, "dns"), "alice")]
    second = yield [Ask(call(silent), "another question", Server("192.0.2.1", 53, "dns"), "alice", 30.0)]
    name = "vmstore-alice.tintri.com"
    return NameAnswers(tuple(NameAnswer("alice", name, "A", "192.0.2.1", one) for one in (*first, *second)))
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

path, save = Path(sys.argv[1]), Path(sys.argv[2])
table = {"NameAnswers": "fakes:name_answers", "Controllers": "fakes:controllers"}


def work():
    site = load_site(path)
    checks = [one for one in load().values() if one.id in ("dns.resolves", "backup.path")]
    order = Order(site, checks, (), (Sink("terminal"),), save, FailOn.ERROR, False)
    wanted, partial = (NameAnswers, Controllers), (NameAnswers,) if "partial" in sys.argv else ()
    return deliver(order, collect_here(site, path, read_this_host(site), wanted, table, quiet=False, partial=partial))


conclude(work)
"""


def started(arguments: list[str | Path], folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *(str(argument) for argument in arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )


def interrupted(process: subprocess.Popen[str], times: int) -> tuple[str, str, float]:
    began = time.monotonic()
    for _ in range(times):
        process.send_signal(signal.SIGINT)
    while True:
        try:
            out, err = process.communicate(timeout=3)
        except subprocess.TimeoutExpired:
            if time.monotonic() - began > 30:
                process.kill()
                raise
            process.send_signal(signal.SIGINT)  # Python heeds one that came just before a read only with the next
        else:
            return out, err, time.monotonic() - began


def test_an_interrupted_run_reports_what_it_knows(tmp_path: Path, site: Path) -> None:
    (tmp_path / "fakes.py").write_text(FAKES)
    (tmp_path / "driver.py").write_text(DRIVER)
    save = tmp_path / "facts.json"
    with started([tmp_path / "driver.py", site, save], tmp_path) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "asking\n"
        out, err, seconds = interrupted(process, times=5)
        assert (process.returncode, err) == (130, "")
    assert seconds < 20, "a question that would take 30 s is not waited for"
    assert out.startswith("interrupted · 1 not determined · 1 check passed\n")
    assert "NOT DETERMINED  the collection was interrupted before this query\n          dns.resolves\n" in out
    said = json.loads(save.read_text())
    assert said["interrupted"] is True
    assert set(said["families"]) == {"Controllers", "Scopes", "Vantages"}
    assert not list(tmp_path.glob(".facts*"))


def test_an_interrupt_keeps_what_was_answered_of_a_partial_family(tmp_path: Path, site: Path) -> None:
    (tmp_path / "fakes.py").write_text(FAKES)
    (tmp_path / "driver.py").write_text(DRIVER)
    save = tmp_path / "facts.json"
    with started([tmp_path / "driver.py", site, save, "partial"], tmp_path) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "asking\n"
        interrupted(process, times=1)
    answers = json.loads(save.read_text())["families"]["NameAnswers"]["forward"]
    assert [answer["seen"]["seen"] for answer in answers] == ["observed", "unobserved"]
    assert answers[1]["seen"]["gap"] == "out-of-time"


def test_an_interrupt_while_secrets_are_read_is_heeded(tmp_path: Path, site: Path) -> None:
    fifo = tmp_path / "secret"
    os.mkfifo(fifo)
    site.write_text(site.read_text().replace("{env: KRBCHECK_TEST_READER}", "{file: secret}"))
    with started(["-m", "krbcheck", "run", site], tmp_path) as process:
        writer = opened_when_read(fifo)
        out, err, _ = interrupted(process, times=1)
        os.close(writer)
        assert (process.returncode, err) == (130, "")
    assert out.startswith("interrupted · ")


def opened_when_read(fifo: Path) -> int:
    """Waits, by trying, until somebody reads; writes nothing."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.01)
    raise AssertionError("nobody read the secret")
