"""spn.exists: the SPN of a data path is registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import pytest

from krbcheck.facts.directory import Account, Directories
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Site
from tests.support import spn_answers
from tests.support.spn_answers import HEALTHY, HOSTS_OWN, NOTHING, STORAGE, expected, read, tintri, vmlevel

alone = spn_answers.alone

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
SPN = "cifs/vmstore-alice.tintri.com"
HOST = "HOST/vmstore-alice.tintri.com"
Lines = Callable[..., list[str]]
Held = Mapping[str, Sequence[Account]]


EXISTS = [
    pytest.param(read(tintri(HEALTHY), vmlevel()), ["fine"], id="registered"),
    pytest.param(read(tintri({HOST: [STORAGE]}), vmlevel()), ["spn.exists/by-host-alias"], id="by-host-alone"),
    pytest.param(read(tintri(NOTHING), vmlevel()), ["spn.exists/missing"], id="nowhere"),
    pytest.param(
        read(tintri(HEALTHY), tintri(NOTHING, "tidc2.tintri.com"), vmlevel()), ["spn.exists/missing"], id="half"
    ),
    pytest.param(read(tintri(HEALTHY), tintri(None, "tidc2.tintri.com"), vmlevel()), ["unknown"], id="one-is-silent"),
    pytest.param(
        read(tintri({HOST: [STORAGE]}), tintri(None, "tidc2.tintri.com"), vmlevel()),
        ["unknown"],
        id="by-host-and-one-is-silent",
    ),
    pytest.param(read(tintri(HEALTHY), vmlevel(None)), ["fine"], id="another-domain-is-silent"),
    pytest.param(read(tintri(NOTHING), vmlevel({SPN: [HOSTS_OWN]})), ["fine"], id="elsewhere-is-the-owners-matter"),
    pytest.param(read(tintri(None), vmlevel()), ["unknown"], id="the-storages-domain-is-silent"),
    pytest.param(read(), ["unknown"], id="nobody-was-asked"),
]


@pytest.mark.parametrize(("directories", "codes"), EXISTS)
def test_an_spn_is_registered(lines: Lines, alone: Site, directories: Directories, codes: list[str]) -> None:
    assert lines("spn.exists", directories, of=alone) == expected(codes)


def test_a_host_called_catalogue_is_a_controller_like_others(lines: Lines, alone: Site) -> None:
    reply = read(tintri(HEALTHY), tintri(NOTHING, "catalogue.tintri.com"), vmlevel())
    assert lines("spn.exists", reply, of=alone) == expected(["spn.exists/missing"])


@pytest.mark.parametrize(
    ("second", "where"), [(None, " at tidc.tintri.com"), (NOTHING, "")], ids=["one-is-silent", "all-answer"]
)
def test_missing_names_the_controllers_that_answered(
    judged: Callable[..., list[Verdict]], alone: Site, second: Held | None, where: str
) -> None:
    reply = read(tintri(NOTHING), tintri(second, "tidc2.tintri.com"), vmlevel())
    (found,) = judged("spn.exists", reply, of=alone)
    assert isinstance(found, Finding)
    assert found.says.startswith(f"{SPN} is not registered on any account{where}, so")
