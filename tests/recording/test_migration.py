"""Recordings of older versions are read: what was recorded in schema 1 has the servers of its gaps as data."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from krbcheck.facts.observation import Facts, Gap, Unobserved
from krbcheck.recording import migration
from krbcheck.recording.encoding import BadRecording, decode, digest, encode
from krbcheck.recording.migration import SCHEMA
from krbcheck.report.report import observations

OLD = Path(__file__).parent / "schema-1"


def read(name: str) -> dict[type[Facts], Facts]:
    return decode((OLD / f"{name}.json").read_bytes(), name)[1]


def gaps(facts: dict[type[Facts], Facts]) -> Counter[tuple[Gap, str]]:
    return Counter((seen.gap, seen.of) for seen in observations(facts) if isinstance(seen, Unobserved))


@pytest.mark.parametrize(
    ("name", "gap"), [("controller-drops", Gap.TIMED_OUT), ("controller-port-closed", Gap.REFUSED)]
)
def test_a_gap_of_schema_1_gets_its_server_and_port(name: str, gap: Gap) -> None:
    assert json.loads((OLD / f"{name}.json").read_bytes())["schema"] == 1
    found = gaps(read(name))
    assert found
    assert {kind for kind, of in found if of} == {gap}
    servers = {of.rpartition(":")[0] for _, of in found if of}
    assert servers <= {"10.77.0.10", "10.77.0.11"}
    assert servers


@pytest.mark.parametrize(
    ("detail", "of"),
    [
        ("no answer from 10.77.0.11 port 389 within 2 s", "10.77.0.11:389"),
        ("no answer from fd00::11 port 53 within 1.5 s", "[fd00::11]:53"),
        ("10.77.11.30 port 445 refuses connections", "10.77.11.30:445"),
        ("10.77.11.30 port 445 closed the connection", "10.77.11.30:445"),
        ("10.77.11.30 port 445 cannot be reached: No route to host", "10.77.11.30:445"),
        ("no TGT: no answer from 10.77.0.11 port 88 within 2 s", ""),
        ("nothing within 1 s", ""),
    ],
)
def test_only_a_detail_about_a_server_gives_a_server(detail: str, of: str) -> None:
    gap = {"seen": "unobserved", "gap": "timed-out", "detail": detail}
    head: dict[str, Any] = {"schema": 1, "families": {"KdcReplies": {"replies": [{"seen": gap}]}}}
    said = migration.migrated(head)
    assert said["schema"] == SCHEMA
    assert said["families"]["KdcReplies"]["replies"][0]["seen"]["of"] == of
    assert "of" not in gap, "the head that was given is left as it was"


def test_what_is_read_is_written_in_the_schema_of_today() -> None:
    head, facts = decode((OLD / "controller-drops.json").read_bytes(), "old")
    data = encode(facts, host=head.host, started=head.started, seconds=head.seconds)
    assert json.loads(data)["schema"] == SCHEMA
    assert decode(data, "new")[1] == facts


@pytest.mark.parametrize("schema", [0, -1, SCHEMA + 1, "1", None])
def test_a_schema_that_never_was_is_told(schema: object) -> None:
    said = {"schema": schema, "families": {}}
    with pytest.raises(BadRecording, match="reads schema 1 to"):
        decode(json.dumps({**said, "digest": digest(said)}).encode(), "f")
