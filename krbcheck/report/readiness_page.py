"""The chain of each backup on a terminal: one line for each link, with a mark at the first that is broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from krbcheck.report.page import Page
from krbcheck.report.readiness import Link, LinkState, Readiness, ReadyState
from krbcheck.report.text import cut

MAX_LINE = 300
COLUMN, LINK_COLUMN = 10, 14
STYLES: Mapping[LinkState, str] = {
    LinkState.READY: "green",
    LinkState.BROKEN: "bold red",
    LinkState.WAIVED: "bold yellow",
    LinkState.NOT_DETERMINED: "magenta",
    LinkState.NOT_APPLICABLE: "dim",
    LinkState.NOT_SELECTED: "dim",
}
WORDS: Mapping[LinkState, str] = {
    LinkState.READY: "ready",
    LinkState.BROKEN: "broken",
    LinkState.WAIVED: "broken, waived",
    LinkState.NOT_DETERMINED: "not determined",
    LinkState.NOT_APPLICABLE: "not applicable",
    LinkState.NOT_SELECTED: "not selected",
}
OUTCOMES: Mapping[ReadyState, tuple[str, str]] = {
    ReadyState.READY: ("ready", "bold green"),
    ReadyState.NOT_READY: ("not ready because ", "bold red"),
    ReadyState.NOT_DETERMINED: ("not determined because ", "bold magenta"),
}


def put_readiness(page: Page, readiness: Sequence[Readiness]) -> None:
    """Prints each chain: product, storage and account with the outcome, then its links in order."""
    for chain in readiness:
        page.gap()
        outcome, style = OUTCOMES[chain.state]
        head = f"{chain.product} · {chain.storage} · {chain.account}"
        page.put((cut(head, MAX_LINE), "bold"), label=("BACKUP", "bold"), column=COLUMN)
        page.put((outcome, style), cut(chain.because, MAX_LINE), indent=2)
        for link in chain.links:
            _link(page, link)


def _link(page: Page, link: Link) -> None:
    mark = "▶ " if link.first else "  "
    says = f": {cut(link.says, MAX_LINE)}" if link.says and not link.first else ""
    page.put(
        (WORDS[link.state], STYLES[link.state]), (says, "dim"), indent=2, label=mark + link.name, column=LINK_COLUMN
    )
