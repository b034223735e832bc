"""The HTML page of a trace: a picture for each chain of exchanges, with the hop that fails, and the fix."""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.report.html_pages import page
from krbcheck.report.pictures import chain_of_kdc
from krbcheck.report.trace import Trace


def trace_page(trace: Trace) -> Iterator[bytes]:
    """Yields the page."""
    yield from page("trace.html", trace=trace, kdcs=[(kdc, list(chain_of_kdc(kdc))) for kdc in trace.kdcs])
