"""What the pictures of an HTML page show: paths and traces as chains of links, and the access matrix as a grid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from krbcheck.report.access_grid import (
    BREACH,
    DENIED,
    LESS,
    LOCKED_OUT,
    MEANS,
    OWN,
    UNKNOWN,
    WAIVED,
    AccessGrid,
    GridRow,
)
from krbcheck.report.tenant_paths import PathState, TenantPath
from krbcheck.report.trace import Came, Step, TracedKdc

WORDS = {
    PathState.BROKEN: "broken",
    PathState.FOLLOWS: "fails, follows",
    PathState.NOT_DETERMINED: "not determined",
    PathState.WARNED: "warning",
    PathState.WAIVED: "waived",
    PathState.WORKS: "works",
    PathState.NOT_TESTED: "not tested",
}
LABELLED = 40
"""A grid of at most this many rows and columns has labels, and large cells."""
LARGE, SMALL = 18, 5
CLASSES = {
    OWN: "cell-own",
    DENIED: "cell-denied",
    BREACH: "cell-breach",
    LOCKED_OUT: "cell-locked",
    LESS: "cell-less",
    UNKNOWN: "cell-unknown",
    WAIVED: "cell-waived",
}


@dataclass(frozen=True)
class ChainLink:
    """One link: its sign, a term for its state, and whether the line breaks before it."""

    name: str
    shows: str
    sign: str
    word: str
    first: bool = False


@dataclass(frozen=True)
class Chain:
    """`summary` is what a screen reader reads instead of the picture."""

    links: Sequence[ChainLink]
    summary: str


@dataclass(frozen=True)
class GridLabel:
    """The text of a row or a column, and its position in the picture."""

    text: str
    at: int


@dataclass(frozen=True)
class GridPicture:
    """Cells as one SVG path for each kind: `marks` are classes and paths; `legend` also has the number of cells."""

    width: int
    height: int
    left: int
    top: int
    summary: str
    rows: Sequence[GridLabel]
    columns: Sequence[GridLabel]
    marks: Sequence[tuple[str, str]]
    legend: Sequence[tuple[str, str, str, int]]


def chain_of_path(path: TenantPath) -> Chain:
    links = [ChainLink(link.name, link.shows, link.state, WORDS[link.state], link.first) for link in path.links]
    broken = next((f"broken at {link.name}: {link.says}" for link in path.links if link.first), WORDS[path.state])
    return Chain(links, f"Path of {path.tenant} to {path.path}: {broken}")


def chain_of_kdc(kdc: TracedKdc) -> Iterator[tuple[str, Chain]]:
    """The TGT and each attempt that starts at the KDC, each with its heading."""
    first = _link_of_step(kdc.tgt, "TGT")
    attempts = [(attempt.why + (f": {attempt.forest}" if attempt.forest else ""), attempt) for attempt in kdc.attempts]
    for heading, attempt in attempts:
        links = _with_break([first, *(_link_of_step(step) for step in attempt.steps)])
        if attempt.loop:
            links = [*links, ChainLink("circle", "the referrals lead in a circle", "error", "fails", True)]
        yield str(heading), Chain(links, f"{kdc.kdc}: {'ticket' if attempt.found else 'no ticket'}")
    if not attempts:
        yield "TGT", Chain(_with_break([first]), f"{kdc.kdc}: {first.word}")


def _with_break(links: list[ChainLink]) -> list[ChainLink]:
    at = next((number for number, link in enumerate(links) if link.sign == Came.ERROR), None)
    if at is not None:
        links[at] = ChainLink(links[at].name, links[at].shows, links[at].sign, links[at].word, True)
    return links


def _link_of_step(step: Step, name: str = "") -> ChainLink:
    kdc = step.kdc.partition(".")[0] or "no KDC"
    words = {Came.TICKET: "ticket", Came.REFERRAL: "referral", Came.ERROR: "error", Came.SILENCE: "no answer"}
    return ChainLink(f"{step.realm} {kdc}: {name or step.asked}"[:80], step.says, step.came, words[step.came])


def grid_picture(grid: AccessGrid) -> GridPicture:
    """Rows are principals, columns are shares. What is not as expected has a form of its own beside its color."""
    labelled = len(grid.rows) <= LABELLED and len(grid.shares) <= LABELLED
    size, left, top = (LARGE, 240, 110) if labelled else (SMALL, 2, 2)
    paths: dict[str, list[str]] = {letter: [] for letter in CLASSES}
    for y, row in enumerate(grid.rows):
        for letter, at, length in _runs(row.cells):
            if letter not in paths or (letter == DENIED and not labelled):
                continue
            paths[letter].append(_marked(letter, left + at * size, top + y * size, size, length))
    columns = [
        GridLabel(f"{share.share} ({share.owner or 'not stated'})", left + n * size + 9)
        for n, share in enumerate(grid.shares)
    ]
    rows = [GridLabel(_row_label(row), top + n * size + 13) for n, row in enumerate(grid.rows)]
    counted = {letter: grid.count(letter) for letter in CLASSES}
    numbers = {letter: number for letter, number in counted.items() if number or letter != WAIVED}
    summary = "Access matrix: " + ", ".join(f"{number} {MEANS[letter]}" for letter, number in numbers.items())
    return GridPicture(
        left + size * len(grid.shares) + (90 if labelled else 2),
        top + size * len(grid.rows) + 2,
        left,
        top,
        summary,
        rows if labelled else (),
        columns if labelled else (),
        [(CLASSES[letter], "".join(parts)) for letter, parts in paths.items() if parts],
        [(CLASSES[letter], MEANS[letter], _marked(letter, 0, 0, 12, 1), number) for letter, number in numbers.items()],
    )


def _row_label(row: GridRow) -> str:
    return f"{row.principal.partition('@')[0]} · {row.path.partition('.')[0]}"


def _runs(cells: str) -> Iterator[tuple[str, int, int]]:
    """Each run of one letter: the letter, its start and its length."""
    start = 0
    for at in range(1, len(cells) + 1):
        if at == len(cells) or cells[at] != cells[start]:
            yield cells[start], start, at - start
            start = at


def _marked(letter: str, x: int, y: int, size: int, length: int) -> str:
    draw = FORMS.get(letter, _dot) if size > SMALL else _block
    if draw is _block:
        return _block(x, y, size, length)
    return "".join(draw(x + number * size, y, size, 1) for number in range(length))


def _block(x: int, y: int, size: int, length: int) -> str:
    return f"M{x} {y}h{size * length - 1}v{size - 1}h-{size * length - 1}z"


def _dot(x: int, y: int, size: int, _: int) -> str:
    third = size // 3
    return f"M{x + third} {y + third}h{third}v{third}h-{third}z"


def _square(x: int, y: int, size: int, _: int) -> str:
    return f"M{x + 2} {y + 2}h{size - 4}v{size - 4}h-{size - 4}z"


def _diamond(x: int, y: int, size: int, _: int) -> str:
    half = size // 2 - 1
    return f"M{x + size // 2} {y + 1}l{half} {half}l-{half} {half}l-{half}-{half}z"


def _cross(x: int, y: int, size: int, _: int) -> str:
    """A full cell with a hole, so that a breach is seen without color."""
    third, rest = size // 3, size - 2
    return (
        f"M{x + 1} {y + 1}h{rest}v{rest}h-{rest}z"
        f"M{x + third} {y + third}v{size - 2 * third}h{size - 2 * third}v-{size - 2 * third}z"
    )


def _triangle(x: int, y: int, size: int, _: int) -> str:
    half = size // 2
    return f"M{x + half} {y + 2}l{half - 2} {size - 4}h-{2 * half - 4}z"


def _ring(x: int, y: int, size: int, _: int) -> str:
    radius = size // 2 - 3
    return f"M{x + 3} {y + size // 2}a{radius} {radius} 0 1 0 {2 * radius} 0a{radius} {radius} 0 1 0-{2 * radius} 0"


FORMS: dict[str, Callable[[int, int, int, int], str]] = {
    OWN: _square,
    DENIED: _dot,
    BREACH: _cross,
    LOCKED_OUT: _diamond,
    LESS: _triangle,
    UNKNOWN: _ring,
    WAIVED: _diamond,
}


def worst_first(paths: Iterable[TenantPath]) -> list[TenantPath]:
    """Broken paths come first; otherwise the order of the site file."""
    order = tuple(PathState)
    return sorted(paths, key=lambda path: order.index(path.state))
