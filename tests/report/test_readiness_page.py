"""The chain of a backup on a terminal: the outcome, the links in order, and the mark at the first broken one."""

from __future__ import annotations

import io

from krbcheck.report.page import Page
from krbcheck.report.readiness import Link, LinkState, Readiness, ReadyState
from krbcheck.report.readiness_page import put_readiness


def shown(state: ReadyState, because: str, *links: Link) -> str:
    stream = io.StringIO()
    put_readiness(Page(stream, {}), [Readiness("dpm-2016", "nas", "hv01$@A.COM", state, because, links)])
    return stream.getvalue()


def test_the_first_broken_link_is_marked() -> None:
    text = shown(
        ReadyState.NOT_READY,
        "the group is empty",
        Link("product", LinkState.READY),
        Link("group", LinkState.BROKEN, "the group is empty", "backup.group/not-member", first=True),
        Link("right", LinkState.NOT_DETERMINED, "no answer"),
        Link("role", LinkState.NOT_APPLICABLE),
        Link("remote VSS", LinkState.WAIVED, "no FSRVP (waived until 2027-03-31)"),
    )
    assert text.splitlines() == [
        "",
        "BACKUP    dpm-2016 · nas · hv01$@A.COM",
        "  not ready because the group is empty",
        "    product     ready",
        "  ▶ group       broken",
        "    right       not determined: no answer",
        "    role        not applicable",
        "    remote VSS  broken, waived: no FSRVP (waived until 2027-03-31)",
    ]


def test_the_other_outcomes() -> None:
    assert "  ready\n" in shown(ReadyState.READY, "")
    assert "  not determined because no answer\n" in shown(ReadyState.NOT_DETERMINED, "no answer")


def test_text_of_servers_steers_no_terminal() -> None:
    assert "\x1b" not in shown(ReadyState.NOT_READY, "a\x1b[2Jb", Link("group", LinkState.READY, "c\x1b[2Jd"))
