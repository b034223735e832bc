"""HTML pages that load nothing: templates, a content security policy, and every text of a server as plain text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from krbcheck import __version__
from krbcheck.report.remedies import details, evidence, heading
from krbcheck.report.text import cut, plain

if TYPE_CHECKING:
    from jinja2 import Environment

PIECES = 400
"""Parts of a page that are put together before they are written."""


def page(template: str, **values: Any) -> Iterator[bytes]:  # noqa: ANN401 - what the template names
    """Yields the page in pieces. Control characters in values are replaced, markup in them is escaped."""
    css, js = _file("page.css"), _file("page.js")
    stream = _environment().get_template(template).stream(
        css=css, js=js, policy=policy(css, js), version=__version__, **values
    )  # fmt: skip
    stream.enable_buffering(PIECES)
    for piece in stream:
        yield str(piece).encode(errors="replace")


def policy(css: str, js: str) -> str:
    """The content security policy: only this style and this script, and nothing from anywhere else."""
    return (
        f"default-src 'none'; style-src '{_digest(css)}'; script-src '{_digest(js)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _file(name: str) -> str:
    return resources.files("krbcheck.report").joinpath("templates", name).read_text("utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_file),
        autoescape=True,
        trim_blocks=True,
        finalize=_finalized,
        undefined=StrictUndefined,
    )
    environment.filters |= {"shortened": cut, "fitted": fitted, "words": words}
    environment.globals |= {"heading": heading, "details": details, "evidence": evidence}
    return environment


def fitted(text: str, most: int) -> str:
    """The text of a label in a picture: what does not fit ends with an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def words(value: str) -> str:
    """A value of the JSON report as people read it."""
    return "not determined" if value == "unknown" else value.replace("-", " ")


def _finalized(value: object) -> object:
    """Only markup, which is ours, stays as it is; control characters of every other text are replaced."""
    return plain(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
