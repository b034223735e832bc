"""A second opinion on any access list: Samba's own access check, by the system's Python that Samba comes with."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from krbcheck.windows.access_check import maximum
from krbcheck.windows.descriptor import descriptor

pytestmark = pytest.mark.lab
SAMBA = r"""
import json, sys
from samba import NTSTATUSError
from samba.dcerpc import security
from samba.ndr import ndr_pack
from samba.security import access_check
for line in sys.stdin:
    said = []
    for sddl, sids in json.loads(line):
        found = security.descriptor.from_sddl(sddl, security.dom_sid("S-1-5-21-1-2-3"))
        token = security.token()
        token.sids = [security.dom_sid(one) for one in sids]
        token.num_sids = len(sids)
        try:
            granted = access_check(found, token, 0x02000000)
        except NTSTATUSError:
            granted = 0
        said.append((ndr_pack(found).hex(), granted))
    print(json.dumps(said), flush=True)
"""
PEOPLE = [f"S-1-5-21-1-2-3-{1000 + number}" for number in range(6)] + ["S-1-1-0", "S-1-5-11"]
OWNER_RIGHTS = "S-1-3-4"
FILE_BITS = [1 << bit for bit in (*range(9), *range(16, 21))]
Case = tuple[str, list[str]]
Opinion = Callable[[list[Case]], list[tuple[str, int]]]


@pytest.fixture(scope="module")
def samba() -> Iterator[Opinion]:
    """The bytes of each descriptor, and the most that it grants to the SIDs."""
    command = ["/usr/bin/python3", "-c", SAMBA]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        asked, answers = process.stdin, process.stdout
        assert asked is not None
        assert answers is not None

        def opinion(cases: list[Case]) -> list[tuple[str, int]]:
            asked.write(json.dumps(cases) + "\n")
            asked.flush()
            said: list[tuple[str, int]] = json.loads(answers.readline())
            return said

        yield opinion


def entry(allow: bool, flags: str, mask: int, sid: str) -> str:
    return f"({'A' if allow else 'D'};{flags};0x{mask:x};;;{sid})"


masks = st.lists(st.sampled_from(FILE_BITS), min_size=1, max_size=6, unique=True).map(sum)
masks |= st.sampled_from([0x1F01FF, 0x1301BF, 0x1200A9, 0x120116])
entries = st.builds(
    entry,
    st.booleans(),
    st.sampled_from(["", "", "", "OICI", "IO", "OICIIO", "ID", "OICIID", "IOID"]),
    masks,
    st.sampled_from([*PEOPLE, OWNER_RIGHTS]),
)
lists = st.builds(lambda owner, those: f"O:{owner}G:{owner}D:{''.join(those)}", st.sampled_from(PEOPLE),
                  st.lists(entries, max_size=8))  # fmt: skip
cases = st.tuples(lists, st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5, unique=True))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(batch=st.lists(cases, min_size=1, max_size=40))
def test_any_list_grants_what_samba_says_it_grants(samba: Opinion, batch: list[Case]) -> None:
    for (sddl, sids), (data, granted) in zip(batch, samba(batch), strict=True):
        read = descriptor(bytes.fromhex(data))
        assert read is not None
        assert maximum(read, set(sids)).mask == granted, sddl
