"""What a user types: choices, mistakes in one line, reports where they were ordered, exit statuses."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NETWORK_LIBRARIES = ("impacket", "pyasn1", "ldap3", "smbprotocol", "spnego", "gssapi", "krb5", "dns", "httpx")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Usage: krbcheck"),
        (["--nonsense"], "No such option: --nonsense"),
        (["frobnicate"], "No such command 'frobnicate'"),
        (["run"], "Missing argument 'SITE'"),
        (
            ["run", "SITE", "--format", "xml"],
            "--format: 'xml' is not one of 'terminal', 'csv', 'html', 'json', 'junit'",
        ),
        (["run", "SITE", "--fail-on", "note"], "'note' is not one of 'warning', 'error'"),
        (
            ["run", "SITE", "--only", "dns.adress"],
            "check or area 'dns.adress' does not exist; did you mean 'dns.address'?",
        ),
        (["run", "SITE", "--only", "dnss"], "did you mean 'dns'? areas: "),
        (
            ["run", "SITE", "--tenant", "alise"],
            "tenant 'alise' does not exist; did you mean 'alice'? the site file contains alice, bob",
        ),
        (["run", "SITE", "--vantage", "carol"], "tenant 'carol' does not exist"),
        (
            ["run", "SITE", "--vantage", "bob"],
            "this host cannot send queries as a host of bob: this host has no address in",
        ),
        (
            ["run", "SITE", "--output", "x.json", "--output", "y"],
            "--output y has no --format before it; type --format terminal --output y",
        ),
        (["run", "SITE", "--format", "json", "--format", "terminal"], "two reports go to stdout"),
        (["run", "SITE", "--format", "json", "--output", "none/x"], "none/x: folder none does not exist"),
        (["run", "SITE", "--save", "."], "is a directory; specify a file"),
        (["run", "nothing.yaml"], "nothing.yaml: cannot be read: No such file or directory; specify a site file"),
        (["collect", "SITE"], "Missing option '--save'"),
        (["judge", "SITE"], "Missing argument 'FACTS'"),
        (["judge", "SITE", "none.json"], "none.json: cannot be read: No such file or directory"),
        (["judge", "SITE", "SITE"], "site.yaml: cut off, or not a recording"),
        (["schema", "everything"], "'everything' is not one of 'site', 'facts', 'report', 'trace'"),
        (["explain"], "a name is missing; allowed: a check"),
        (["explain", "spn.uniqe"], "did you mean 'spn.unique'?"),
        (["explain", "KDC_ERR_S_PRINCIPLE_UNKNOWN"], "did you mean 'KDC_ERR_S_PRINCIPAL_UNKNOWN'?"),
        (["explain", "0xdeadbeef"], "'0xdeadbeef' is not a check, a finding's code, a Kerberos error, an NTSTATUS"),
        (["traces", "x", "y"], "No such command 'traces'"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    krbcheck: Callable[..., Any], site: Path, arguments: list[str], words: str
) -> None:
    ended = krbcheck(*(str(site) if argument == "SITE" else argument for argument in arguments))
    if not arguments:
        assert (ended.status, words in ended.out) == (2, True)
        return
    assert words in ended.line


def test_the_list_of_commands_is_in_the_order_of_use_and_no_line_is_cut(
    krbcheck: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = krbcheck("--help").out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed[:4]] == ["init", "validate", "run", "fix"]
    assert [line for line in listed if not line.endswith(".") or line.endswith("...")] == []
    assert max(map(len, listed)) <= 80


def loaded_by(process: Callable[..., Any], *arguments: str | Path) -> set[str]:
    """The modules that a command loads."""
    code = (
        "import sys\n"
        "from krbcheck.cli.main import run\n"
        "ended = run(sys.argv[1:])\n"
        "sys.stderr.write(' '.join(sys.modules))\n"
        "sys.exit(ended)"
    )
    ended = process(*arguments, code=code)
    assert ended.status in (0, 1, 3), ended.err
    return set(ended.err.split())


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("run", "--help"), ("list",), ("explain", "7"), ("schema", "report")],
    ids=lambda arguments: " ".join(arguments),
)
def test_what_needs_no_network_loads_no_network_library(
    process: Callable[..., Any], arguments: tuple[str, ...]
) -> None:
    loaded = loaded_by(process, *arguments)
    assert not loaded & set(NETWORK_LIBRARIES)
    assert "rich" not in loaded
    assert "typer" in loaded


def test_help_and_list_load_neither_yaml_nor_pydantic(process: Callable[..., Any]) -> None:
    for arguments in (["--help"], ["list"]):
        assert not loaded_by(process, *arguments) & {"yaml", "pydantic", "rich"}


def test_judging_loads_no_network_library_and_reads_no_secret(
    process: Callable[..., Any], krbcheck: Callable[..., Any], site: Path, tmp_path: Path
) -> None:
    facts = tmp_path / "facts.json"
    assert krbcheck("collect", site, "--save", facts).status == 0
    site.write_text(site.read_text().replace("{env: KRBCHECK_TEST_READER}", "{keytab: /none}"))
    assert not loaded_by(process, "judge", site, facts) & set(NETWORK_LIBRARIES)


def test_a_fifo_is_written_to_and_not_replaced(krbcheck: Callable[..., Any], site: Path, tmp_path: Path) -> None:
    """A device takes the same path; no device of the machine is risked for it."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        krbcheck("run", site, "--only", "backup.path", "--format", "json", "--output", fifo)
        report = json.loads(os.read(reader, 1 << 20))
    finally:
        os.close(reader)
    assert [entry["id"] for entry in report["checks"]] == ["backup.path"]
    assert stat.S_ISFIFO(os.lstat(fifo).st_mode)


def test_an_unreadable_keytab_is_a_mistake_of_those_who_use_secrets(
    krbcheck: Callable[..., Any], site: Path, tmp_path: Path
) -> None:
    site.write_text(site.read_text().replace("{env: KRBCHECK_TEST_READER}", "{keytab: none.keytab}"))
    words = f"{site}:5: the keytab of reader@VMLEVEL.TEST, {tmp_path}/none.keytab: it cannot be read: No such file"
    assert krbcheck("run", site).line.startswith(words)
    assert krbcheck("collect", site, "--save", tmp_path / "f").line.startswith(words)
    assert krbcheck("run", site, "--only", "backup.path").status == 0, "needs no secret"
