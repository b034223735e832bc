"""krbcheck audit: a pack of the recorded lab, signed, compared with an earlier pack, and never overwritten."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from krbcheck.cli.schemas import schema
from tests.support.pages import read_page

RECORDED = Path(__file__).parents[3] / "fixtures" / "recorded"
FILES = ["audit.csv", "audit.html", "audit.json", "findings.csv", "manifest.json", "report.html", "report.json"]
Krbcheck = Callable[..., Any]


@pytest.fixture
def pack(krbcheck: Krbcheck, tmp_path: Path) -> Callable[..., Any]:
    """Writes the pack of a recording to a folder."""

    def call(recording: str, folder: str, *options: str | Path) -> Any:
        facts = RECORDED / recording / "facts.json"
        output = ("--output", tmp_path / folder, "--max-age", "none")
        return krbcheck("audit", RECORDED / "site.yaml", facts, *output, *options)

    return call


def loaded(path: Path) -> Any:
    return json.loads(path.read_text())


def test_the_pack_of_the_healthy_lab(pack: Callable[..., Any], tmp_path: Path) -> None:
    ended = pack("healthy", "one")
    assert ended.status == 0
    assert ended.out.startswith("28 of 28 pairs as expected · 0 errors, 0 warnings\n")
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == FILES
    made = loaded(tmp_path / "one" / "audit.json")
    jsonschema.validate(made, schema("audit"))
    jsonschema.validate(loaded(tmp_path / "one" / "report.json"), schema("report"))
    assert made["site_sha256"] == hashlib.sha256((RECORDED / "site.yaml").read_bytes()).hexdigest()
    assert made["scope"]["roles"] == {"administrator": 2, "backup": 1, "host": 4, "no-account": 2}
    administrators = {pair["principal"] for pair in made["pairs"] if pair["role"] == "administrator"}
    assert administrators == {
        r"TINTRI\Administrator (TINTRI\Domain Admins)", r"FABRIC\Administrator (FABRIC\Domain Admins)",
    }  # fmt: skip


def test_the_regions_of_the_page_have_names_of_their_own(pack: Callable[..., Any], tmp_path: Path) -> None:
    """Where a principal has data paths to two storages, its pairs are in one table."""
    pack("healthy", "one")
    page = read_page([(tmp_path / "one" / "audit.html").read_bytes()])
    names = page.attributes("aria-label")
    assert "(anonymous) (no account, alice)" in names
    assert [name for name, number in Counter(names).items() if number > 1] == []


def test_a_breach_and_what_changed_since(pack: Callable[..., Any], tmp_path: Path) -> None:
    """Four breaches; five pairs are no longer computed; three pairs have an administrator in place of another one."""
    assert pack("healthy", "one").status == 0
    ended = pack("backup-rights-to-hosts", "two", "--since", tmp_path / "one")
    assert ended.status == 1
    assert ended.out.splitlines()[2].startswith("since the pack of 2026-11-25: 15 changed pairs; findings: 6 new")
    made = loaded(tmp_path / "two" / "audit.json")
    assert made["outcomes"]["breach"] == 4
    assert made["scope"]["pairs"] == 28, "pairs that were not examined count"
    since = made["since"]
    assert "isolation.others/breach" in {change["code"] for change in since["report"]["new"]}
    assert sum(change["after"] == "breach (tested)" for change in since["pairs"]) == 4
    assert (since["signer"], since["trusted"]) == ("", False)


def test_a_share_that_is_not_stated_is_paired_with_every_host(pack: Callable[..., Any], tmp_path: Path) -> None:
    assert pack("share-unstated-open", "one").status == 1
    made = loaded(tmp_path / "one" / "audit.json")
    pairs = [(pair["principal"], pair["share"], pair["outcome"]) for pair in made["pairs"] if not pair["owner"]]
    hosts = ("alice-hv01", "alice-hv02", "bob-hv01", "bob-hv02")
    assert pairs == [(f"{host}$@VMLEVEL.COM", "Copies", "breach") for host in hosts]


def test_waivers_are_accepted_risks(pack: Callable[..., Any], tmp_path: Path) -> None:
    waivers = tmp_path / "waivers.yaml"
    waivers.write_text(
        "krbcheck: 1\nwaivers:\n  - {code: isolation.others/breach, subject: 'alice-*', reason: migration, "
        "owner: alice, until: 9999-12-31}\n"
    )
    pack("backup-rights-to-hosts", "one", "--waivers", waivers)
    made = loaded(tmp_path / "one" / "audit.json")
    assert (made["outcomes"]["breach"], made["outcomes"]["waived"]) == (2, 2)
    assert [use["state"] for use in made["waivers"]] == ["used"]
    assert "until 9999-12-31 by alice: migration" in (tmp_path / "one" / "audit.html").read_text()


def test_a_signed_pack_is_trusted_and_a_changed_one_is_rejected(
    pack: Callable[..., Any], krbcheck: Krbcheck, tmp_path: Path
) -> None:
    one, key, other = tmp_path / "one", tmp_path / "key", tmp_path / "other"
    assert krbcheck("keygen", key).status == krbcheck("keygen", other).status == 0
    pack("healthy", "one", "--sign", key)
    assert loaded(one / "manifest.json")["signer"] in (tmp_path / "key.pub").read_text()
    facts = RECORDED / "healthy" / "facts.json"
    arguments = (
        "audit",
        RECORDED / "site.yaml",
        facts,
        "--max-age",
        "none",
        "--output",
        tmp_path / "new",
        "--since",
        one,
    )
    assert krbcheck(*arguments, "--trusted", tmp_path / "other.pub").line.startswith(f"{one}: is signed with ")
    assert not (tmp_path / "new").exists(), "a mistake leaves no folder"
    (one / "audit.csv").write_bytes((one / "audit.csv").read_bytes().replace(b"refused", b"full"))
    assert krbcheck(*arguments).line == (
        f"{one}: is not an unchanged audit pack: audit.csv was changed after the pack was written"
    )


def test_a_folder_with_files_is_not_overwritten(pack: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "mine.txt").write_text("keep")
    assert "is not empty; an audit pack is never overwritten" in pack("healthy", "one").line
    assert pack("healthy", "none/two").line.endswith("specify a new folder in an existing one")
    assert pack("healthy", "three", "--since", tmp_path / "missing").line.startswith(
        f"{tmp_path}/missing: cannot be read"
    )
