"""Reading goes on after a mistake, and what follows from it only is not reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from krbcheck.site.mistakes import Mistake, Mistakes
from krbcheck.site.reading import SiteError, site_of

GOOD = Path(__file__).with_name("site.yaml").read_text()


def lines(text: str) -> tuple[str, ...]:
    with pytest.raises(SiteError) as caught:
        site_of(text.encode(), "s", Path("/etc/site.yaml"))
    assert str(caught.value) in caught.value.lines
    return caught.value.lines


def test_the_same_mistake_counts_once_and_reading_goes_on() -> None:
    mistakes = Mistakes()

    def fails() -> int:
        raise Mistake(3, "wrong", "allowed")

    assert mistakes.read(7, fails) == 7
    with mistakes.kept():
        fails()
    assert [str(mistake) for mistake in mistakes.found] == ["3: wrong; allowed"]


def test_mistakes_in_every_part_are_reported_at_once_in_the_order_of_their_lines() -> None:
    bad = GOOD.replace("[10.77.0.10, 10.77.0.11]", "[10.77.0.999, 10.77.0.11, x]")
    bad = bad.replace("access: full", "access: all", 1)
    bad = bad.replace("product: dpm-2016", "product: dpm-2017")
    bad = bad.replace("administrators: ['TINTRI", "administrator: ['TINTRI")
    found = lines(bad)
    words = ["name_servers of vmlevel.com", "name_servers of vmlevel.com", "unknown key 'administrator'"]
    words += ["the access of share AliceVMs", "the backup's product"]
    assert len(found) == len(words), found
    for line, says in zip(found, words, strict=True):
        assert says in line
    assert [int(line.split(":")[1]) for line in found] == sorted(int(line.split(":")[1]) for line in found)


def test_a_domain_that_cannot_be_read_makes_no_mistake_of_its_accounts() -> None:
    assert len(lines(GOOD.replace("VMlevel.com.:", "VM level.com:"))) == 1


def test_storages_that_cannot_be_read_make_no_mistake_of_data_paths_and_shares() -> None:
    assert len(lines(GOOD.replace("  vmstore:\n", "  'vm store!':\n"))) == 1


def test_every_key_that_is_missing_is_named() -> None:
    storage, krbcheck = lines("domains: {a.com: }\nstorage: {s: {}}\n"), lines("krbcheck: 1\ntenants: {a: {}}\n")
    assert "'krbcheck: 1' is missing" in storage[0]
    assert [line.partition(" is missing")[0].split()[-1] for line in krbcheck[:2]] == ["domains", "storage"]
