"""What every test run shares: the order (the lab last), whether lab runs are recorded, bytes of real systems."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VECTORS = Path(__file__).resolve().parents[2] / "shared" / "vectors"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record",
        action="store_true",
        help="save what each lab test saw to fixtures/recorded, for the fast tests to replay",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The lab takes minutes: what fails in milliseconds is told before."""
    items.sort(key=lambda item: item.get_closest_marker("lab") is not None)


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of messages, tickets and captures of real systems beside the repository; read where it lies."""
    if not VECTORS.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{VECTORS} is missing")
        pytest.skip(f"{VECTORS} is missing")
    return VECTORS
