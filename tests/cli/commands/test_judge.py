"""krbcheck judge: recordings give the report of the run that saved them."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from krbcheck.cli.schemas import schema
from krbcheck.recording import encoding

TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def without_times(text: str) -> list[str]:
    """The lines of a JSON report without times, and without the recordings that it was made of."""
    report = {**json.loads(text), "recordings": []}
    lines = json.dumps(report, indent=1).splitlines()
    return [line for line in lines if '"seconds"' not in line and '"started"' not in line]


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
    stated = site.read_text()
    site.write_text(stated.replace("127.0.", "198.51.").replace("203.0.113.", "127.0.0."))
    assert krbcheck("collect", site, "--vantage", "bob", "--save", bob).status == 0
    site.write_text(stated)
    said = json.loads(bob.read_text().replace("127.0.0.", "203.0.113.").replace("198.51.", "127.0."))
    bob.write_text(json.dumps({**said, "digest": encoding.digest(said)}))
    orders = [krbcheck("judge", site, *files, "--format", "json").out for files in ([alice, bob], [bob, alice])]
    assert without_times(orders[0]) == without_times(orders[1])
    assert json.loads(orders[0])["vantages"] == ["alice", "bob"]
    assert krbcheck("judge", site, alice, bob, "--quiet", "--save", both).status in (1, 3)
    assert without_times(krbcheck("judge", site, both, "--format", "json").out) == without_times(orders[0])


def dated(path: Path, change: timedelta) -> Path:
    """A copy of the recording whose times are moved; it has the digest that belongs to it."""
    said = json.loads(path.read_text())
    text = TIME.sub(lambda found: (datetime.fromisoformat(found[0]) + change).isoformat(), json.dumps(said))
    moved = json.loads(text)
    other = path.with_name(f"{change.days}-{path.name}")
    other.write_text(json.dumps({**moved, "digest": encoding.digest(moved)}))
    return other


def recorded(krbcheck: Callable[..., Any], site: Path, tmp_path: Path) -> Path:
    facts = tmp_path / "facts.json"
    assert krbcheck("collect", site, "--vantage", "alice", "--save", facts).status == 0
    return facts


@pytest.mark.parametrize("command", ["judge", "matrix"])
@pytest.mark.parametrize(
    ("days", "options", "said"),
    [
        (-3, [], "the recording is 3 days old, more than --max-age 24 h"),
        (-3, ["--max-age", "2d"], "the recording is 3 days old, more than --max-age 2 days"),
        (3, [], "days in the future"),
        (3, ["--max-age", "none"], "days in the future"),
        (-3, ["--max-age", "7d"], ""),
        (-3, ["--max-age", "none"], ""),
        (0, [], ""),
    ],
)
def test_old_and_future_recordings_determine_nothing(
    krbcheck: Callable[..., Any], site: Path, tmp_path: Path, command: str, days: int, options: list[str], said: str
) -> None:
    facts = dated(recorded(krbcheck, site, tmp_path), timedelta(days=days))
    report = tmp_path / "report.json"
    ended = krbcheck(command, site, facts, *options, "--format", "json", "--output", report)
    text = report.read_text()
    assert (said in text) if said else ("the recording is" not in text)
    if said:
        assert ended.status == 3
    if said and command == "judge":
        made = json.loads(text)
        assert {entry["outcome"] for entry in made["checks"]} <= {"unknown", "passed", "not-applicable"}
        assert [entry["id"] for entry in made["checks"] if entry["outcome"] == "passed"] == ["backup.path"]
        assert said in krbcheck("judge", site, facts, *options).out.replace("\n", " ").replace("  ", "")


@pytest.mark.parametrize("command", ["judge", "matrix"])
def test_what_was_queried_from_outside_the_tenants_networks_determines_nothing(
    krbcheck: Callable[..., Any], site: Path, tmp_path: Path, command: str
) -> None:
    facts = recorded(krbcheck, site, tmp_path)
    site.write_text(site.read_text().replace("127.0.0.0/16", "127.0.77.0/24"))
    ended = krbcheck(command, site, facts, "--format", "json")
    why = "the source address 127.0.0.1 is not in a network of alice (127.0.77.0/24)"
    assert (ended.status, why in ended.out) == (3, True)
    if command == "judge":
        made = json.loads(ended.out)
        (read,) = made["recordings"]
        assert (read["tenants"], [remark.partition(": ")[2] for remark in read["remarks"]]) == ([], [why])
        assert [entry["id"] for entry in made["checks"] if entry["outcome"] == "passed"] == ["backup.path"]


def keys(krbcheck: Callable[..., Any], tmp_path: Path, name: str) -> tuple[Path, Path]:
    assert krbcheck("keygen", tmp_path / name).status == 0
    return tmp_path / name, tmp_path / f"{name}.pub"


def edited(path: Path, *, with_digest: bool, **changes: str) -> Path:
    said = {**json.loads(path.read_text()), "host": "elsewhere", **changes}
    other = path.with_name("edited.json")
    other.write_text(json.dumps({**said, "digest": encoding.digest(said)} if with_digest else said))
    return other


@pytest.mark.parametrize("command", ["judge", "matrix"])
def test_with_trusted_keys_only_signed_recordings_are_read(
    krbcheck: Callable[..., Any], site: Path, tmp_path: Path, command: str
) -> None:
    key, public = keys(krbcheck, tmp_path, "alice")
    _, foreign = keys(krbcheck, tmp_path, "mallory")
    unsigned, signed = tmp_path / "unsigned.json", tmp_path / "signed.json"
    assert krbcheck("collect", site, "--vantage", "alice", "--save", unsigned).status == 0
    assert krbcheck("collect", site, "--vantage", "alice", "--save", signed, "--sign", key).status == 0
    assert krbcheck(command, site, signed, "--trusted", public).status in (1, 3)
    assert krbcheck(command, site, signed).status in (1, 3)
    refused = {
        unsigned: "unsigned.json: is not signed; collect with krbcheck collect --sign KEY, or omit --trusted",
        edited(unsigned, with_digest=False): "was edited after it was saved",
    }
    for file, line in refused.items():
        assert line in krbcheck(command, site, file, "--trusted", public).line
    assert "which is not in" in krbcheck(command, site, signed, "--trusted", foreign).line
    assert "is not signed" in krbcheck(command, site, signed, unsigned, "--trusted", public).line
    for trusted in (["--trusted", public], []):
        assert "was edited" in krbcheck(command, site, edited(signed, with_digest=False), *trusted).line
        assert (
            "the signature is not by the key"
            in krbcheck(command, site, edited(signed, with_digest=True), *trusted).line
        )
    stripped = edited(signed, with_digest=True, signer="", signature="")
    assert "is not signed" in krbcheck(command, site, stripped, "--trusted", public).line


def test_the_report_says_by_whom_a_recording_is_signed(
    krbcheck: Callable[..., Any], site: Path, tmp_path: Path
) -> None:
    key, public = keys(krbcheck, tmp_path, "alice")
    facts = tmp_path / "facts.json"
    signer = public.read_text().split()[1]
    for options, options_of_judge, words, held in (
        ([], [], "not signed", ("", False)),
        (["--sign", key], [], f"signed with {signer}, not compared with trusted keys", (signer, False)),
        (["--sign", key], ["--trusted", public], f"signed with {signer}", (signer, True)),
    ):
        assert krbcheck("collect", site, "--vantage", "alice", "--save", facts, *options).status == 0
        shown = " ".join(krbcheck("judge", site, facts, *options_of_judge).out.split())
        assert words in shown
        assert ("not compared" in shown) is ("not compared" in words)
        made = json.loads(krbcheck("judge", site, facts, *options_of_judge, "--format", "json").out)
        (read,) = made["recordings"]
        assert (read["signer"], read["trusted"], read["tenants"]) == (*held, ["alice"])
    jsonschema.validate(json.loads(facts.read_text()), schema("facts"))


def test_a_key_that_others_may_read_or_that_is_none_is_a_mistake(
    krbcheck: Callable[..., Any], site: Path, tmp_path: Path
) -> None:
    key, public = keys(krbcheck, tmp_path, "alice")
    facts = tmp_path / "facts.json"
    key.chmod(0o640)
    assert "other users may read this private key" in krbcheck("collect", site, "--save", facts, "--sign", key).line
    public.chmod(0o600)
    assert "holds no Ed25519 private key" in krbcheck("collect", site, "--save", facts, "--sign", public).line
    key.chmod(0o600)
    assert "is no public key" in krbcheck("judge", site, site, "--trusted", key).line
    assert "cannot be read" in krbcheck("judge", site, site, "--trusted", tmp_path / "absent").line
    assert not facts.exists()


WAIVERS = """\
krbcheck: 1
waivers:
  - code: {code}
    subject: "*"
    reason: the storage moves
    owner: storage team
    until: {until}
"""


def test_waivers_decide_the_exit_status(krbcheck: Callable[..., Any], tmp_path: Path) -> None:
    recorded, waivers = Path(__file__).parents[3] / "fixtures" / "recorded", tmp_path / "waivers.yaml"
    arguments = ("judge", recorded / "site.yaml", recorded / "spn-missing" / "facts.json", "--max-age", "none")
    only = (*arguments, "--only", "spn.exists", "--waivers", waivers)
    waivers.write_text(WAIVERS.format(code="spn.exists/missing", until="9999-12-31"))
    assert krbcheck(*only).status == 0
    assert "WAIVED    spn.exists/missing" in krbcheck(*only).out
    assert krbcheck(*arguments, "--waivers", waivers).status == 1, "what follows from it counts"
    assert krbcheck(*only, "--tenant", "bob", "--fail-on", "warning").status == 0, "not unused: alice was left out"
    waivers.write_text(WAIVERS.format(code="spn.exists/missing", until="2020-01-01"))
    assert krbcheck(*only).status == 1
    waivers.write_text(WAIVERS.format(code="spn.exists/mising", until="9999-12-31"))
    line = f"{waivers}:3: no finding has the code 'spn.exists/mising'; did you mean 'spn.exists/missing'?"
    assert krbcheck(*only).line.startswith(line)
