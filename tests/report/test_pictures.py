"""Pictures show each link and each cell once, and what is broken in a form of its own."""

from __future__ import annotations

import re

from krbcheck.report.access_grid import AccessGrid, GridRow, GridShare
from krbcheck.report.pictures import chain_of_kdc, chain_of_path, grid_picture, worst_first
from krbcheck.report.tenant_paths import PathLink, PathState, TenantPath
from krbcheck.report.trace import Came, Step, TracedAttempt, TracedKdc, Why


def path(state: PathState) -> TenantPath:
    link = PathLink("SPN", "cifs/v", state, "it is missing", first=state is PathState.BROKEN)
    return TenantPath("alice", "v.t.com", "vmstore", state, (PathLink("name", "v.t.com", PathState.WORKS), link))


def test_a_path_is_a_chain_with_its_break() -> None:
    chain = chain_of_path(path(PathState.BROKEN))
    assert [(link.name, link.sign, link.word, link.first) for link in chain.links] == [
        ("name", "works", "works", False),
        ("SPN", "broken", "broken", True),
    ]
    assert chain.summary == "Path of alice to v.t.com: broken at SPN: it is missing"
    assert chain_of_path(path(PathState.WORKS)).summary == "Path of alice to v.t.com: works"


def test_the_worst_path_comes_first() -> None:
    order = [PathState.WORKS, PathState.NOT_DETERMINED, PathState.BROKEN]
    assert [entry.state for entry in worst_first(map(path, order))] == list(reversed(order))


def step(came: Came, says: str) -> Step:
    return Step("VM.COM", "dc1.vm.com", "cifs/v", "", came, says, 0.01)


def test_a_trace_is_a_chain_for_each_attempt() -> None:
    own = TracedAttempt(Why.OWN, "", False, False, (step(Came.ERROR, "unknown"),))
    circle = TracedAttempt(Why.SEARCH, "t.com", False, True, (step(Came.REFERRAL, "to T.COM"),))
    kdc = TracedKdc("dc1.vm.com", "10.0.0.1", step(Came.TICKET, "TGT"), (own, circle))
    (first, refused), (second, looping) = chain_of_kdc(kdc)
    assert (first, second) == (str(Why.OWN), f"{Why.SEARCH}: t.com")
    assert [(link.sign, link.first) for link in refused.links] == [("ticket", False), ("error", True)]
    assert [(link.sign, link.first) for link in looping.links][-1] == ("error", True)
    alone = TracedKdc("dc1.vm.com", "10.0.0.1", step(Came.SILENCE, "no answer"))
    assert [(name, chain.links[0].word) for name, chain in chain_of_kdc(alone)] == [("TGT", "no answer")]


def grid(number: int, cells: str) -> AccessGrid:
    shares = tuple(GridShare(f"s{n}", f"t{n}", "vmstore") for n in range(len(cells)))
    return AccessGrid(shares, tuple(GridRow(f"t{n}", f"h{n}@VM.COM", f"v{n}.t.com", cells) for n in range(number)))


def test_a_small_grid_has_labels_and_each_cell() -> None:
    picture = grid_picture(grid(2, "oB.?"))
    assert [label.text for label in picture.rows] == ["h0 · v0", "h1 · v1"]
    assert [label.text for label in picture.columns] == ["s0 (t0)", "s1 (t1)", "s2 (t2)", "s3 (t3)"]
    assert {name for name, _ in picture.marks} == {"cell-own", "cell-breach", "cell-denied", "cell-unknown"}
    assert {text: number for _, text, _, number in picture.legend if number} == {
        "own share, as expected": 2, "another tenant's share, as expected": 2, "breach": 2, "not determined": 2,
    }  # fmt: skip
    assert "2 breach" in picture.summary


def test_a_large_grid_is_drawn_in_runs() -> None:
    picture = grid_picture(grid(200, "o" + "." * 150 + "B" * 49))
    drawn = dict(picture.marks)
    assert len(re.findall("M", drawn["cell-breach"])) == 200
    assert "cell-denied" not in drawn
    assert (picture.rows, picture.columns) == ((), ())
    assert sum(map(len, drawn.values())) < 20_000
