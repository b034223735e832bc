"""What every test run shares: the order (the lab last), and whether lab runs are recorded."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record",
        action="store_true",
        help="save what each lab test saw to fixtures/recorded, for the fast tests to replay",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The lab takes minutes: what fails in milliseconds is told before."""
    items.sort(key=lambda item: item.get_closest_marker("lab") is not None)
