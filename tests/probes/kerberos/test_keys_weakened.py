"""Nobody who poses as a KDC gets a proof whose password is cheap to try."""

from __future__ import annotations

import pytest

from krbcheck.credentials.wallet import Credential, Secret, Wallet
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos.keys import MOST_ITERATIONS, key_for
from krbcheck.site.stated import SecretKind, SecretSource


def by_password(*offers: tuple[int, bytes, bytes]) -> object:
    held = Credential("a@R", SecretSource(SecretKind.FILE, "s"), password=Secret("x"))
    return key_for(Wallet(), held, offers)


@pytest.mark.parametrize("etype", [17, 18])
@pytest.mark.parametrize("count", [0, 1, 4095])
def test_fewer_iterations_than_usual_are_refused(etype: int, count: int) -> None:
    with pytest.raises(NoAnswer, match=f"requires {count} iterations of string-to-key") as none:
        by_password((etype, b"salt", count.to_bytes(4, "big")))
    assert none.value.gap is Gap.MALFORMED


@pytest.mark.parametrize("params", [b"\x10\0\0", b"\0\0\0\x10\0", (MOST_ITERATIONS + 1).to_bytes(4, "big")])
def test_parameters_of_another_size_or_of_minutes_of_work_are_refused(params: bytes) -> None:
    with pytest.raises(NoAnswer) as none:
        by_password((18, b"salt", params))
    assert none.value.gap is Gap.MALFORMED


@pytest.mark.parametrize("params", [b"", (4096).to_bytes(4, "big"), (32768).to_bytes(4, "big")])
def test_the_usual_count_and_more_are_served(params: bytes) -> None:
    assert by_password((18, b"salt", params)) is not None
