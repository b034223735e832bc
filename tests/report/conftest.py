"""Reports made by hand: a healthy site, a bad night, hostile text, many findings."""

from __future__ import annotations

from tests.support.reports import bad_report, good_report, hostile_report, judged, made, many_report, night

__all__ = ["bad_report", "good_report", "hostile_report", "judged", "made", "many_report", "night"]
