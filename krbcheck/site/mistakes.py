"""The mistakes of a site file: each with its line, what is wrong, and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Mistake(Exception):
    """What is wrong in a line of the site file, and what is allowed."""

    def __init__(self, line: int, says: str, allowed: str) -> None:
        super().__init__(f"{line}: {says}; {allowed}")
        self.line = line
        self.says = says
        self.allowed = allowed


class Mistakes:
    """Keeps the mistakes of one file, in the order of reading, so that reading goes on after each of them."""

    def __init__(self) -> None:
        self.found: list[Mistake] = []

    def add(self, mistake: Mistake) -> None:
        """Keeps a mistake; the same text in the same line counts once."""
        if str(mistake) not in map(str, self.found):
            self.found.append(mistake)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keeps the mistake that ends the block."""
        try:
            yield
        except Mistake as mistake:
            self.add(mistake)

    def read(self, otherwise: T, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Returns what the function reads, or `otherwise` where it raises a mistake, which is kept."""
        try:
            return function(*args, **kwargs)
        except Mistake as mistake:
            self.add(mistake)
            return otherwise
