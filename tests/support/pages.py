"""HTML pages, read as a browser would: tags, attributes and text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})


@dataclass
class Read:
    """`tags` are each start tag with its attributes, `texts` the text by the tag that contains it."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)

    def of(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, attributes in self.tags for key, value in attributes.items() if key == name]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.read, self.open = Read(), list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.read.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.read.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> without a start tag"
        assert self.open.pop() == tag, f"</{tag}> closes another element, line {self.getpos()[0]}"

    def handle_data(self, data: str) -> None:
        self.read.texts.append((self.open[-1] if self.open else "", data))


def read_page(pieces: Iterable[bytes]) -> Read:
    """Reads a page. Fails where elements are not nested."""
    reader = _Reader()
    reader.feed(b"".join(pieces).decode())
    reader.close()
    assert reader.open == []
    return reader.read


def assert_harmless(page: Read) -> None:
    """The page loads nothing, runs only its own script, and no text of a server became a tag or an attribute."""
    names = {tag for tag, _ in page.tags}
    assert names.isdisjoint({"img", "link", "iframe", "object", "embed", "form", "base"})
    assert len(page.of("script")) == 1
    assert [
        name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"
    ] == []
    assert [name for _, attributes in page.tags for name in attributes if name in ("src", "action", "srcset")] == []
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert {target for target in page.attributes("href") if target.removeprefix("#") not in ids} == set()
    assert all(target.startswith("#") for target in page.attributes("href"))
    assert all(text.isprintable() or set(text) & set("\n\t") for _, text in page.texts)
