"""Nobody who poses as a KDC gets a proof whose password is cheap to try."""

from __future__ import annotations

import pytest

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos.keys import _not_weakened


@pytest.mark.parametrize("etype", [17, 18])
@pytest.mark.parametrize("count", [0, 1, 4095])
def test_fewer_iterations_than_usual_are_refused(etype: int, count: int) -> None:
    with pytest.raises(NoAnswer) as none:
        _not_weakened(etype, count.to_bytes(4, "big"))
    assert none.value.gap is Gap.MALFORMED


@pytest.mark.parametrize("params", [b"", (4096).to_bytes(4, "big"), (32768).to_bytes(4, "big")])
def test_the_usual_count_and_more_are_served(params: bytes) -> None:
    _not_weakened(18, params)
