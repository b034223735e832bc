"""Any bytes in the place of Registry.pol, GPT.INI, a descriptor or gPLink: an answer, bounded, never a crash.

For a long run of the random changes:
    KRBCHECK_FUZZ=100000 pytest -s -k random_changes tests/windows/test_policy_file_fuzz.py
"""

from __future__ import annotations

import os
import random
import struct
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from krbcheck.collectors.ldap.policy_records import container, within_sysvol
from krbcheck.facts.policy import upward
from krbcheck.judging.verdict import Fine, Verdict
from krbcheck.windows.descriptor import dacl
from krbcheck.windows.policy_file import CLIENT_KEY, KDC_KEY, RegistryFile, Setting, read_registry, read_version

fuzzed = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
HEADER = b"PReg\x01\0\0\0"
KEYS = st.sampled_from([CLIENT_KEY, KDC_KEY, "Software\\Policies", ""])
NAMES = st.sampled_from(["UseForestSearch", "ForestSearchList", "**Del.ForestSearchList", "**DelVals.", "**DeleteKeys"])
LISTS = st.sampled_from(["tintri.com", "fabric.com", "tintri.com;fabric.com", "", ";", "TINTRI"])


def wide(of: str) -> bytes:
    return of.encode("utf-16-le", errors="surrogatepass")


@st.composite
def entries(draw: st.DrawFn) -> bytes:
    """One entry, whose size and data may not be the same."""
    data = draw(st.binary(max_size=40))
    size = draw(st.one_of(st.just(len(data)), st.integers(0, 0xFFFFFFFF)))
    fields = (wide(draw(KEYS) + "\0"), wide(draw(NAMES) + "\0"))
    numbers = (struct.pack("<I", draw(st.integers(0, 12))), struct.pack("<I", size), data)
    return wide("[") + wide(";").join((*fields, *numbers)) + wide("]")


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A file of entries in which some bytes are changed, or which is cut off."""
    whole = bytearray(HEADER + b"".join(draw(st.lists(entries(), max_size=6))))
    for position, value in draw(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=4)):
        whole[position % len(whole)] = value
    return bytes(whole[: draw(st.integers(0, len(whole)))] if draw(st.booleans()) else whole)


def holds(data: bytes, found: RegistryFile) -> None:
    """What must be true of any answer."""
    assert found.size == len(data)
    assert 0 <= found.at <= len(data)
    assert bool(found.malformed) or data[:8] == HEADER
    assert len(found.settings) <= found.entries
    assert found.entries * 24 <= len(data)


@fuzzed
@given(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda rest: HEADER + rest), files()))
def test_any_bytes_are_read_or_said_to_be_malformed(data: bytes) -> None:
    holds(data, read_registry(data))


@fuzzed
@given(st.lists(entries(), max_size=4).map(b"".join), st.binary(min_size=1, max_size=20))
def test_what_follows_the_entries_is_never_passed_over(body: bytes, tail: bytes) -> None:
    found = read_registry(HEADER + body + tail)
    assert found.malformed or found.entries * 24 <= len(body + tail)


@fuzzed
@given(st.binary(max_size=300))
def test_any_gpt_ini_has_a_version_or_none(data: bytes) -> None:
    version = read_version(data)
    assert version is None or 0 <= version <= 0xFFFFFFFF


@fuzzed
@given(st.binary(max_size=120), st.booleans())
def test_any_descriptor_is_read_or_none(data: bytes, framed: bool) -> None:
    head = b"\x01\0\x04\x80" + bytes(12) + struct.pack("<I", 20) if framed else b""
    found = dacl(head + data)
    assert found is None or all(ace.sid.startswith("S-") for ace in found)


@fuzzed
@given(st.text(max_size=200))
def test_any_link_attribute_is_read(text: str) -> None:
    found = container("OU=Hosts,DC=vmlevel,DC=com", {"gplink": [f"[LDAP://{text};0]{text}".encode(errors="replace")]})
    assert all(link.options >= 0 for link in found.links)


@fuzzed
@given(st.text(alphabet="\\./:*{}abSYSVOLvmlevel.com \0\n", max_size=80))
def test_no_path_leads_out_of_the_share(text: str) -> None:
    for path in (text, f"\\\\vmlevel.com\\SYSVOL\\{text}", f"\\\\vmlevel.com\\sysvol\\vmlevel.com\\{text}"):
        found = within_sysvol(path, "vmlevel.com", ())
        assert not found or found.startswith("vmlevel.com\\")
        assert not {"..", ".", ""} & set(found.split("\\")) or not found


@fuzzed
@given(st.text(alphabet="OUDCN=,\\ ab", max_size=60))
def test_any_name_has_its_tops(dn: str) -> None:
    assert all(dn.endswith(top) for top in upward(dn))


@fuzzed
@given(data=st.data())
def test_changed_bytes_of_real_files_are_read_or_said_to_be_malformed(vectors: Path, data: st.DataObject) -> None:
    real = sorted((vectors / "gpo").rglob("*egistry.pol"))
    whole = bytearray(data.draw(st.sampled_from(real)).read_bytes())
    for position, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=5)
    ):
        whole[position] = value
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    holds(cut, read_registry(cut))


SETTINGS = st.one_of(
    st.integers(0, 2).map(lambda use: ("UseForestSearch", use)),
    LISTS.map(lambda search: ("ForestSearchList", search)),
    st.sampled_from(["**Del.UseForestSearch", "**Del.ForestSearchList", "**DelVals."]).map(lambda name: (name, " ")),
)


def last(settings: list[tuple[str, int | str]]) -> dict[str, int | str]:
    """What a registry holds after these entries."""
    held: dict[str, int | str] = {}
    for name, value in settings:
        if name == "**DelVals.":
            held.clear()
        elif name.startswith("**Del."):
            held.pop(name[6:], None)
        else:
            held[name] = value
    return held


@fuzzed
@given(st.lists(st.lists(SETTINGS, max_size=4), max_size=3))
def test_what_is_fine_is_what_a_registry_would_hold(
    made: Any, judged: Callable[..., list[Verdict]], site: Any, policies: list[list[tuple[str, int | str]]]
) -> None:
    """Policies of the domain, an OU and an OU within it, one after another."""
    tops = ("DC=vmlevel,DC=com", "OU=Tenants,DC=vmlevel,DC=com", "OU=Hosts,OU=Tenants,DC=vmlevel,DC=com")
    gpos = {number: made.gpo(tuple(map(setting, of))) for number, of in enumerate(policies, 1)}
    reply = made.told(gpos, {top: ((number, 0),) for number, top in zip(gpos, tops, strict=False)})
    facts = (made.policies({"vmdc1.vmlevel.com": reply}), made.directories())
    said = judged("policy.client-search", site, *facts)
    held = last([entry for of in policies for entry in of])
    fine = all(isinstance(finding, Fine) for finding in said)
    assert fine == (held == {"UseForestSearch": 1, "ForestSearchList": "tintri.com"})


def setting(of: tuple[str, int | str]) -> Setting:
    name, value = of
    if isinstance(value, int):
        return Setting(CLIENT_KEY, name, 4, number=value)
    return Setting(CLIENT_KEY, name, 1, value)


@fuzzed
@given(files())
def test_no_file_that_is_malformed_is_fine(
    made: Any, judged: Callable[..., list[Verdict]], site: Any, data: bytes
) -> None:
    registry = read_registry(data)
    reply = made.healthy.changed(1, settings=registry.settings, malformed=registry.malformed)
    said = judged("policy.client-search", site, made.policies({"vmdc1.vmlevel.com": reply}), made.directories())
    assert said
    assert not registry.malformed or not any(isinstance(finding, Fine) for finding in said)


INPUTS = int(os.environ.get("KRBCHECK_FUZZ", "300"))


def changed(chance: random.Random, models: list[bytes]) -> bytes:
    """A whole file in which bytes are changed, put in, taken out, doubled, or which is cut off."""
    data = bytearray(chance.choice(models))
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
        position, size = chance.randrange(len(data) + 1), chance.choice((1, 2, 4, 4, 16, 64))
        part = chance.choice(
            (chance.randbytes(size), b"\0" * size, b"\xff" * size, bytes(data[position : position + size]))
        )
        end = position + (0 if chance.random() < 0.3 else size)
        data[position:end] = b"" if chance.random() < 0.2 else part
    return bytes(data[: chance.randrange(len(data) + 1)]) if chance.random() < 0.2 else bytes(data)


def test_random_changes_of_files_are_never_a_crash_nor_wrongly_fine(
    made: Any, judged: Callable[..., list[Verdict]], site: Any, registry_pol: Any, entry: Any, vectors: Path
) -> None:
    """As bytes of a file, a GPT.INI, a descriptor and a link attribute; the file is judged, too."""
    chance = random.Random(f"group policy {INPUTS}")
    good = registry_pol(entry("UseForestSearch", 1), entry("ForestSearchList", "tintri.com"))
    other = registry_pol(entry("ForestSearchList", "fabric.com;tintri.com"), entry("**Del.UseForestSearch", " "))
    models = [
        good,
        good,
        other,
        *(path.read_bytes()[:4000] for path in sorted((vectors / "gpo").rglob("*egistry.pol"))),
    ]
    came, slowest = Counter[str](), 0.0
    for _ in range(INPUTS):
        data = changed(chance, models)
        started = time.perf_counter()
        registry = read_registry(data)
        slowest = max(slowest, time.perf_counter() - started)
        holds(data, registry)
        read_version(data), dacl(data), dacl(HEADER[:4] + data[:200]), container("DC=x", {"gplink": [data]})
        reply = made.healthy.changed(1, settings=registry.settings, malformed=registry.malformed)
        (said, *_) = judged("policy.client-search", site, made.policies({"vmdc1": reply}), made.directories())
        fine = isinstance(said, Fine)
        held = {item.name.lower(): item.text if item.number is None else item.number for item in registry.settings}
        assert not fine or (not registry.malformed and held["useforestsearch"] == 1)
        assert not fine or "tintri.com" in str(held["forestsearchlist"]).lower()
        came["malformed" if registry.malformed else "fine" if fine else "whole, another search order"] += 1
    if INPUTS > 300:
        print(f"\n{INPUTS} files: {dict(came)}; slowest reading {1000 * slowest:.1f} ms")  # noqa: T201
