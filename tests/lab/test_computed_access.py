"""A thousand random combinations of groups, share ACLs and folder ACLs: what was tried is what was computed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from krbcheck.facts.observation import Facts, Observed
from krbcheck.facts.smb import AccountRights, SmbSessions, TreeReply
from krbcheck.recording import encoding
from krbcheck.site import reading
from krbcheck.views.computed_access import Computed, ComputedAccess
from krbcheck.views.view import Views

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

F = TypeVar("F", bound=Facts)
pytestmark = pytest.mark.lab
ROOT = Path(__file__).resolve().parents[2]
SEED, COUNT, SECONDS = 20261122, 1000, 120
BY_THE_FOLDER_ABOVE = 0x00010080
"""DELETE and FILE_READ_ATTRIBUTES: who may delete in, or list, the folder above has them whatever the list says."""
DATA, WRITE_DATA, SUCCESS = 0x3, 0x2, 0
ASKED = {"alice": 0x1200A9, "bob": 0x100081}
"""The access with which the root folder is opened: what the site states for alice, for bob listing."""
CHANGES = 0x156
"""FILE_WRITE_DATA, FILE_APPEND_DATA, FILE_WRITE_EA, FILE_DELETE_CHILD, FILE_WRITE_ATTRIBUTES."""


def combinations(*words: str) -> None:
    command = [sys.executable, "-m", "fixtures.lab.combinations", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def site(lab: Lab, healthy_site: str) -> Iterator[Path]:
    assert lab.is_up()
    try:
        combinations("make", str(SEED), str(COUNT), "combinations.yaml")
        yield Path(healthy_site).with_name("combinations.yaml")
    finally:
        combinations("undo", str(COUNT))
        Path(healthy_site).with_name("combinations.yaml").unlink(missing_ok=True)


def test_what_was_tried_is_what_was_computed(lab: Lab, site: Path, tmp_path: Path) -> None:
    saved = tmp_path / "facts.json"
    lab.krbcheck("station", "run", str(site), "--only", "isolation.acl", "--format", "json", "--save", str(saved))
    _, facts = encoding.decode(saved.read_bytes(), saved.name)
    known = Views(reading.read_site(site), {AccountRights: AccountRights(), **facts}).get(ComputedAccess)
    compared = folders = maximal = opened = 0
    for principal, tree in _trees(_family(facts, SmbSessions)):
        entry = known.at(principal, "vmstore", tree.share)
        if not tree.share.startswith("c"):
            continue
        assert entry is not None
        case = f"{principal} at {tree.share}: {tree}; {entry}"
        assert (tree.maximal_access if tree.status == SUCCESS else 0) == _through_share(entry), case
        compared += 1
        opened += tree.status == SUCCESS
        if entry.folder_access is None or tree.root is None:
            continue
        both, wanted = _through_share(entry) & entry.folder_access, ASKED[principal.partition("-")[0]]
        allowed = _through_share(entry) & (entry.folder_access | BY_THE_FOLDER_ABOVE)
        assert (tree.root == SUCCESS) == (allowed & wanted == wanted), case
        folders += 1
        if tree.root_access is not None:
            assert (tree.root_access ^ both) & ~BY_THE_FOLDER_ABOVE == 0, case
            maximal += 1
    assert compared >= COUNT * 4
    assert opened > COUNT
    assert folders > COUNT / 2
    assert maximal > COUNT / 5


def _through_share(computed: Computed) -> int:
    """Samba refuses who may neither read nor write data, and takes a share for read-only to who may not write."""
    mask = computed.share_access if computed.share_access & DATA else 0
    return mask if mask & WRITE_DATA else mask & ~CHANGES


def _family(facts: dict[type[Facts], Facts], kind: type[F]) -> F:
    family = facts[kind]
    assert isinstance(family, kind)
    return family


def _trees(sessions: SmbSessions) -> Iterator[tuple[str, TreeReply]]:
    for session in sessions.sessions:
        if session.principal and isinstance(session.seen, Observed):
            assert not session.seen.value.cut, session.seen.value.cut
            yield from ((session.principal, tree) for tree in session.seen.value.trees)
