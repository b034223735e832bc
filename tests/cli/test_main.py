"""What a user types: choices, mistakes in one line, reports where they were ordered, exit statuses."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from krbcheck.cli.schemas import schema
from krbcheck.site.form import SiteForm

NETWORK_LIBRARIES = ("impacket", "pyasn1", "ldap3", "smbprotocol", "spnego", "gssapi", "krb5", "dns", "httpx")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Usage: krbcheck"),
        (["--nonsense"], "No such option: --nonsense"),
        (["frobnicate"], "No such command 'frobnicate'"),
        (["run"], "Missing argument 'SITE'"),
        (["run", "SITE", "--format", "html"], "'html' is not one of 'terminal', 'json'"),
        (["run", "SITE", "--fail-on", "note"], "'note' is not one of 'warning', 'error'"),
        (
            ["run", "SITE", "--only", "dns.adress"],
            "there is no check or area 'dns.adress'; did you mean 'dns.address'?",
        ),
        (["run", "SITE", "--only", "dnss"], "did you mean 'dns'? areas: "),
        (
            ["run", "SITE", "--tenant", "alise"],
            "there is no tenant 'alise'; did you mean 'alice'? the site has alice, bob",
        ),
        (["run", "SITE", "--vantage", "carol"], "there is no tenant 'carol'"),
        (
            ["run", "SITE", "--vantage", "bob"],
            "nothing can be asked from a host of bob: this host has no address in",
        ),
        (
            ["run", "SITE", "--output", "x.json"],
            "--output x.json has no --format before it; type --format json --output x.json",
        ),
        (["run", "SITE", "--format", "json", "--format", "terminal"], "two reports would go to stdout"),
        (["run", "SITE", "--format", "json", "--output", "none/x"], "none/x: there is no folder none"),
        (["run", "SITE", "--save", "."], "is a directory; name a file"),
        (["run", "nothing.yaml"], "nothing.yaml: cannot be read: No such file or directory; name a site file"),
        (["collect", "SITE"], "Missing option '--save'"),
        (["judge", "SITE"], "Missing argument 'FACTS...'"),
        (["judge", "SITE", "none.json"], "none.json: cannot be read: No such file or directory"),
        (["judge", "SITE", "SITE"], "site.yaml: cut off, or not a recording"),
        (["schema", "everything"], "'everything' is not one of 'site', 'facts', 'report', 'trace'"),
        (["explain"], "a name is missing; allowed: a check"),
        (["explain", "spn.uniqe"], "did you mean 'spn.unique'?"),
        (["explain", "KDC_ERR_S_PRINCIPLE_UNKNOWN"], "did you mean 'KDC_ERR_S_PRINCIPAL_UNKNOWN'?"),
        (["explain", "0xdeadbeef"], "'0xdeadbeef' is not a check, a finding's code, a Kerberos error or an NTSTATUS"),
        (["traces", "x", "y"], "No such command 'traces'"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    krbcheck: Callable[..., Any], site: Path, arguments: list[str], words: str
) -> None:
    ended = krbcheck(*(str(site) if one == "SITE" else one for one in arguments))
    if not arguments:
        assert (ended.status, words in ended.out) == (2, True)
        return
    assert words in ended.line


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


def without_times(text: str) -> list[str]:
    return [line for line in text.splitlines() if '"seconds"' not in line and '"started"' not in line]


def test_a_recording_gives_the_same_report(krbcheck: Callable[..., Any], site: Path, tmp_path: Path) -> None:
    facts, first, second = tmp_path / "facts.json", tmp_path / "run.json", tmp_path / "judge.json"
    ran = krbcheck("run", site, "--save", facts, "--format", "json", "--output", first)
    judged = krbcheck("judge", site, facts, "--format", "json", "--output", second)
    assert (ran.out, ran.err, judged.out, judged.err) == ("", "", "", "")
    assert ran.status == judged.status == 1
    assert without_times(first.read_text()) == without_times(second.read_text())
    assert stat.S_IMODE(first.stat().st_mode) == stat.S_IMODE(facts.stat().st_mode) == 0o600
    jsonschema.validate(json.loads(first.read_text()), schema("report"))
    jsonschema.validate(json.loads(facts.read_text()), schema("facts"))
    assert sorted(os.listdir(tmp_path)) == ["facts.json", "judge.json", "run.json", "site.yaml"]


def test_recordings_of_several_places_are_judged_together(
    krbcheck: Callable[..., Any], site: Path, tmp_path: Path
) -> None:
    alice, bob, both = tmp_path / "alice.json", tmp_path / "bob.json", tmp_path / "both.json"
    assert krbcheck("collect", site, "--vantage", "alice", "--save", alice).status == 0
    site.write_text(site.read_text().replace("127.0.", "198.51.").replace("203.0.113.", "127.0.0."))
    assert krbcheck("collect", site, "--vantage", "bob", "--save", bob).status == 0
    orders = [krbcheck("judge", site, *files, "--format", "json").out for files in ([alice, bob], [bob, alice])]
    assert without_times(orders[0]) == without_times(orders[1])
    assert json.loads(orders[0])["vantages"] == ["alice", "bob"]
    assert krbcheck("judge", site, alice, bob, "--quiet", "--save", both).status in (1, 3)
    assert without_times(krbcheck("judge", site, both, "--format", "json").out) == without_times(orders[0])


def test_only_and_tenant_choose(krbcheck: Callable[..., Any], site: Path) -> None:
    said = json.loads(krbcheck("run", site, "--only", "backup.path,dns", "--tenant", "bob", "--format", "json").out)
    ids = {one["id"] for one in said["checks"]}
    assert "backup.path" in ids
    assert {one.partition(".")[0] for one in ids} == {"backup", "dns"}
    tenants = {verdict["tenant"] for one in said["checks"] for verdict in one["verdicts"]}
    assert "alice" not in tenants
    assert "bob" in tenants


def test_every_format_goes_to_the_output_behind_it(krbcheck: Callable[..., Any], site: Path, tmp_path: Path) -> None:
    text, data = tmp_path / "r.txt", tmp_path / "r.json"
    words = ["--only", "backup", "--format", "terminal", "--output", text, "--format=json", f"--output={data}"]
    assert krbcheck("run", site, *words).out == ""
    assert text.read_text().startswith("all good")
    assert json.loads(data.read_text())["schema"] == 1
    ended = krbcheck("run", site, "--only", "backup", "--format", "json", "--output", data, "--format", "terminal")
    assert ended.out.startswith("all good")


def test_a_good_run_is_status_0_and_quiet_is_silent(krbcheck: Callable[..., Any], site: Path) -> None:
    ended = krbcheck("run", site, "--only", "backup.path", "--quiet")
    assert (ended.status, ended.out, ended.err) == (0, "", "")


def test_what_stays_unknown_is_status_3(krbcheck: Callable[..., Any], site: Path) -> None:
    ended = krbcheck("run", site, "--only", "dns.resolves", "--quiet")
    assert (ended.status, ended.out) == (3, "2 unknown · 0 checks passed\n")


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
    assert [one["id"] for one in report["checks"]] == ["backup.path"]
    assert stat.S_ISFIFO(os.lstat(fifo).st_mode)


def test_an_unreadable_keytab_is_a_mistake_of_those_who_use_secrets(
    krbcheck: Callable[..., Any], site: Path, tmp_path: Path
) -> None:
    site.write_text(site.read_text().replace("{env: KRBCHECK_TEST_READER}", "{keytab: none.keytab}"))
    words = f"{site}:5: the keytab of reader@VMLEVEL.TEST, {tmp_path}/none.keytab: it cannot be read: No such file"
    assert krbcheck("run", site).line.startswith(words)
    assert krbcheck("collect", site, "--save", tmp_path / "f").line.startswith(words)
    assert krbcheck("run", site, "--only", "backup.path").status == 0, "needs no secret"


def test_a_reader_that_leaves_is_no_trouble(site: Path) -> None:
    for words in (["list"], ["schema", "facts"], ["run", str(site), "--only", "backup.path"]):
        command = [sys.executable, "-m", "krbcheck", *words]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as asked:
            assert asked.stdout is not None
            assert asked.stderr is not None
            asked.stdout.close()
            assert asked.stderr.read() == ""
            assert asked.wait(timeout=30) == 0


def test_list_names_every_check_with_what_it_needs(krbcheck: Callable[..., Any]) -> None:
    said = json.loads(krbcheck("list", "--format", "json").out)
    plain = krbcheck("list").out
    assert all(one["id"] in plain and one["title"] in plain for one in said)
    assert next(one for one in said if one["id"] == "backup.path")["needs"] == ["Site"]


@pytest.mark.parametrize("kind", ["site", "facts", "report", "trace"])
def test_schema_prints_json(krbcheck: Callable[..., Any], kind: str) -> None:
    said = json.loads(krbcheck("schema", kind).out)
    assert said == json.loads(json.dumps(schema(kind)))
    assert said["$schema"].endswith("2020-12/schema")
    assert SiteForm.__name__ in json.dumps(said) or kind != "site"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")
def test_a_full_disk_is_no_bug(site: Path) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "krbcheck", "schema", "site"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("krbcheck: stdout: cannot be written: No space left on device")
    assert "Traceback" not in done.stderr
