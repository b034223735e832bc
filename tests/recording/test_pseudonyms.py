"""A pseudonymous recording has the verdicts of the original, and nothing of its names, SIDs and addresses."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.scenarios import RECORDED, SCENARIOS, site_file
from fixtures.scenarios import site_of as stated
from krbcheck.cli.pseudonymous_site import site_names, with_pseudonyms
from krbcheck.facts.observation import Facts
from krbcheck.judging import judge, registry
from krbcheck.judging.verdict import Finding
from krbcheck.recording import encoding
from krbcheck.recording.pseudonyms import KEPT, NAMES, Pseudonyms, names_in, pseudonymous
from krbcheck.recording.vocabulary import GUID, PROTOCOL, WORD, own_guids
from krbcheck.site.reading import site_of
from krbcheck.site.stated import Site

KEY = b"k" * 32
SID = re.compile(r"S-1-5-21-\d+-\d+-\d+")
ADDRESS = re.compile(r"(?<![\d.])\d+\.\d+\.\d+\.\d+(?![.\d])")
COMPARED = SCENARIOS[::6]


def exported(scenario: str) -> tuple[str, str]:
    """The recording and the site file, with pseudonyms."""
    recording = json.loads((RECORDED / scenario / "facts.json").read_text())
    document = yaml.safe_load(site_file(scenario).read_text())
    names = [*site_names(document), *names_in(recording["families"]), recording["host"]]
    pseudonyms = Pseudonyms(KEY, names)
    return (
        encoding.written(pseudonymous(recording, pseudonyms)).decode(),
        yaml.safe_dump(with_pseudonyms(document, pseudonyms)),
    )


def summary(site: Site, facts: dict[type[Facts], Facts]) -> Counter[tuple[str, str]]:
    """How often each check has which outcome and which kind of verdict."""
    found: Counter[tuple[str, str]] = Counter()
    for report in judge.judge(site, facts, registry.load().values()):
        assert report.crash == ""
        found[report.id, report.outcome] += 1
        found.update(
            (report.id, verdict.code if isinstance(verdict, Finding) else type(verdict).__name__)
            for verdict in report.verdicts
        )
    return found


@pytest.mark.parametrize("scenario", COMPARED)
def test_the_verdicts_are_the_same(scenario: str) -> None:
    recording, site = exported(scenario)
    facts = encoding.decode(recording.encode(), scenario)[1]
    shown = summary(site_of(site.encode(), "site.yaml", Path("site.yaml")), facts)
    recorded = encoding.decode((RECORDED / scenario / "facts.json").read_bytes(), scenario)[1]
    assert shown == summary(stated(scenario), recorded)


def texts(part: Any, field: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(part, str):
        yield field, part
    elif isinstance(part, list):
        for entry in part:
            yield from texts(entry, field)
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from texts(value, name)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_of_the_original_is_left(scenario: str) -> None:
    """Each SID, address and word of a name is a canary, but for the words of protocols."""
    recording, site = exported(scenario)
    families = json.loads((RECORDED / scenario / "facts.json").read_text())["families"]
    original = json.dumps(families) + site_file(scenario).read_text()
    after = recording + site
    assert set(SID.findall(original)) & set(SID.findall(after)) == set()
    versions = {entry for field, text in texts(families) if field == "os_version" for entry in ADDRESS.findall(text)}
    kept = {
        entry for entry in ADDRESS.findall(original) if all(int(part) < 256 for part in entry.split("."))
    } - versions
    assert {entry for entry in kept & set(ADDRESS.findall(after)) if not ip_address(entry).is_loopback} == set()
    names = {text for field, text in texts(families) if field in NAMES}
    names |= set(site_names(yaml.safe_load(site_file(scenario).read_text())))
    words = {word.lower() for name in names for word in WORD.findall(GUID.sub("", SID.sub("", name)))}
    canaries = {word for word in words - PROTOCOL if not word.isdecimal()}
    values = {word.lower() for field, text in texts(json.loads(recording)["families"]) for word in WORD.findall(text)
              if field in NAMES or field in ("asked", "of", "detail", "answer", "text")}  # fmt: skip
    assert canaries & values == set()
    named = " ".join(text for field, text in texts(families) if field not in KEPT)
    guids = {guid.lower() for guid in GUID.findall(named)} & {guid.lower() for guid in GUID.findall(after)}
    assert guids <= own_guids(), "only those that Windows defines"
    assert canaries


def test_relations_are_kept() -> None:
    made = Pseudonyms(KEY, ["VMLEVEL.COM", "alice-hv01$", "AliceVMs", "session"])
    assert made.text("VMLEVEL.COM").lower() == made.text("vmlevel.com")
    assert made.text("host/alice-hv01.vmlevel.com").endswith("." + made.text("vmlevel.com"))
    assert made.text("S-1-5-21-1-2-3-1104").startswith(made.text("S-1-5-21-1-2-3") + "-")
    assert made.text("S-1-5-21-1-2-3-512").endswith("-512")
    assert made.text("S-1-5-21-1-2-3") != "S-1-5-21-1-2-3"
    assert made.text("S-1-5-32-544") == "S-1-5-32-544"
    assert made.text("1.2.840.113554.1.2.2") == "1.2.840.113554.1.2.2"
    assert made.text("{31B2F340-016D-11D2-945F-00C04FB984F9}") != ""
    address, network = made.text("10.77.11.30"), made.text("10.77.11.0/24")
    assert ip_address(address) in ip_network(network)
    assert address != "10.77.11.30"
    assert made.text("127.0.0.1") == "127.0.0.1"
    reverse = ".".join(address.split(".")[::-1])
    assert made.text("30.11.77.10.in-addr.arpa PTR") == f"{reverse}.in-addr.arpa PTR"
    v6 = made.text("fd00:77:11::30")
    assert ip_address(v6) in ip_network(made.text("fd00:77:11::/64"))
    assert v6 != "fd00:77:11::30"
    assert made.text("session") != "session", "a name of the site, although krbcheck's texts have the word"
    assert made.text("no answer within 3 s") == "no answer within 3 s"


def test_another_key_gives_other_pseudonyms() -> None:
    assert Pseudonyms(b"1" * 32, []).text("nas47x") != Pseudonyms(b"2" * 32, []).text("nas47x")


@pytest.mark.parametrize(
    ("stated", "left"),
    [
        (
            {"klist": ["secret-name.txt"], "time_zone": "Europe/Berlin"},
            {"klist": ["removed"], "time_zone": "UTC"},
        ),
        ({"ccache": "secret-name.ccache"}, {"ccache": "removed"}),
    ],
)
def test_where_the_tickets_of_a_host_are_is_left_out(stated: dict[str, Any], left: dict[str, Any]) -> None:
    document = {"principals": [{"name": "alice-hv01$@VMLEVEL.COM", "tickets": stated}]}
    names = list(site_names(document))
    assert names == ["alice-hv01$@VMLEVEL.COM"]
    assert with_pseudonyms(document, Pseudonyms(KEY, names))["principals"][0]["tickets"] == left
