"""What the storage's account says that it can decrypt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.facts.directory import Directories

Codes = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("etypes", "expected"),
    [
        pytest.param(0x18, "fine", id="AES"),
        pytest.param(0x10, "fine", id="AES256"),
        pytest.param(0x1C, "fine", id="AES and RC4"),
        pytest.param(0x4, "no-aes", id="RC4"),
        pytest.param(0x7, "no-aes", id="RC4 and DES"),
        pytest.param(0x80000 | 0x4, "no-aes", id="other bits are no encryption types"),
        pytest.param(None, "implicit", id="absent"),
        pytest.param(0, "implicit", id="zero"),
    ],
)
def test_the_attribute_decides(made: Any, codes: Codes, etypes: int | None, expected: str) -> None:
    assert codes("spn.enctypes", made.accounts(made.account(etypes=etypes))) == [expected]


def test_without_the_account_nothing_is_known(made: Any, codes: Codes) -> None:
    for facts in (made.accounts(""), made.accounts(None), Directories()):
        assert codes("spn.enctypes", facts) == ["unknown"]


def test_an_answer_counts_before_a_silence(made: Any, codes: Codes) -> None:
    assert codes("spn.enctypes", made.accounts(None, made.account(etypes=4))) == ["no-aes"]
