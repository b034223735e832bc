"""A second opinion on any access list: Samba's own access check, by the system's Python that Samba comes with."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import IO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures.lab import descriptors
from fixtures.lab.descriptors import Entry
from krbcheck.access_check import maximum
from krbcheck.descriptor import descriptor

pytestmark = pytest.mark.lab
SAMBA = r"""
import json, sys
from samba import NTSTATUSError
from samba.dcerpc import security
from samba.ndr import ndr_unpack
from samba.security import access_check
for line in sys.stdin:
    said = []
    for data, sids in json.loads(line):
        token = security.token()
        token.sids = [security.dom_sid(one) for one in sids]
        token.num_sids = len(sids)
        try:
            found = access_check(ndr_unpack(security.descriptor, bytes.fromhex(data)), token, 0x02000000)
        except NTSTATUSError:
            found = 0
        said.append(found)
    print(json.dumps(said), flush=True)
"""
PEOPLE = [f"S-1-5-21-1-2-3-{1000 + number}" for number in range(6)] + ["S-1-1-0", "S-1-5-11"]
OWNER_RIGHTS = "S-1-3-4"
SECONDS = 60
Opinion = Callable[[list[tuple[bytes, list[str]]]], list[int]]


@pytest.fixture(scope="module")
def samba() -> Iterator[Opinion]:
    process = subprocess.Popen(
        ["/usr/bin/python3", "-c", SAMBA], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    asked, answers = _pipes(process)

    def opinion(cases: list[tuple[bytes, list[str]]]) -> list[int]:
        asked.write(json.dumps([(data.hex(), sids) for data, sids in cases]) + "\n")
        asked.flush()
        said: list[int] = json.loads(answers.readline())
        return said

    yield opinion
    asked.close()
    assert process.wait(SECONDS) == 0
    answers.close()


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


rights = st.lists(st.sampled_from([1 << bit for bit in [*range(9), *range(16, 21)]]), max_size=6).map(sum)
masks = rights | st.sampled_from([0x1F01FF, 0x1301BF, 0x1200A9, 0x120116])
entries = st.builds(
    Entry,
    st.sampled_from([*PEOPLE, OWNER_RIGHTS]),
    masks.map(lambda mask: mask & 0x1F01FF),
    st.booleans(),
    st.sampled_from([0, 0, 0, 0x03, 0x08, 0x0B, 0x10, 0x13, 0x18]),
)
cases = st.tuples(
    st.lists(entries, max_size=8),
    st.sampled_from(PEOPLE),
    st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5, unique=True),
)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(batch=st.lists(cases, min_size=1, max_size=40))
def test_any_list_grants_what_samba_says_it_grants(
    samba: Opinion, batch: list[tuple[list[Entry], str, list[str]]]
) -> None:
    made = [(descriptors.descriptor(listed, owner), sids) for listed, owner, sids in batch]
    ours = []
    for data, sids in made:
        read = descriptor(data)
        assert read is not None
        ours.append(maximum(read, set(sids)).mask)
    assert ours == samba(made)
