"""spn.unique: one account owns the SPN of a data path."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.directory import CATALOGUE, Account, Accounts, Directories, SpnAnswer
from krbcheck.facts.observation import Observed
from krbcheck.site.stated import Site
from krbcheck.windows.spn_forms import forms
from tests.support import spn_answers
from tests.support.spn_answers import (
    HEALTHY,
    HOSTS_OWN,
    OTHER,
    STORAGE,
    account,
    answers,
    expected,
    identity,
    read,
    tintri,
    vmlevel,
)

alone = spn_answers.alone

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
SPN = "cifs/vmstore-alice.tintri.com"
PORT, SHORT = f"{SPN}:445", "cifs/vmstore-alice"
HOST, HOST_SHORT = "HOST/vmstore-alice.tintri.com", "HOST/vmstore-alice"
Lines = Callable[..., list[str]]
SIBLING = account("filer$", "emea.tintri.com")


def with_catalogue(*owners: Account) -> Directories:
    return read(tintri(HEALTHY), tintri({SPN: owners}, "tidc.tintri.com" + CATALOGUE), vmlevel())


UNIQUE = [
    pytest.param(read(tintri(HEALTHY), vmlevel()), ["fine"], id="one-owner"),
    pytest.param(read(tintri({SPN: [STORAGE, OTHER]}), vmlevel()), ["spn.unique/duplicate"], id="two-in-its-domain"),
    pytest.param(
        read(tintri(HEALTHY), tintri({SPN: [OTHER]}, "tidc2.tintri.com"), vmlevel()),
        ["spn.unique/duplicate"],
        id="one-at-each-controller",
    ),
    pytest.param(with_catalogue(STORAGE, SIBLING), ["spn.unique/duplicate"], id="in-another-domain-of-the-forest"),
    pytest.param(with_catalogue(STORAGE), ["fine"], id="the-catalogue-sees-the-same-account"),
    pytest.param(
        read(tintri(HEALTHY), vmlevel({SPN: [HOSTS_OWN]})), ["spn.unique/duplicate-across-trust"], id="across-the-trust"
    ),
    pytest.param(read(tintri({**HEALTHY, PORT: [OTHER]}), vmlevel()), ["spn.unique/duplicate"], id="with-a-port"),
    pytest.param(read(tintri({**HEALTHY, SHORT: [OTHER]}), vmlevel()), ["spn.unique/duplicate"], id="short-name"),
    pytest.param(
        read(tintri({**HEALTHY, SHORT: [STORAGE], PORT: [STORAGE], HOST: [STORAGE]}), vmlevel()),
        ["fine"],
        id="all-forms-on-the-storages",
    ),
    pytest.param(
        read(tintri({**HEALTHY, HOST: [OTHER], HOST_SHORT: [OTHER]}), vmlevel()),
        ["spn.unique/alias-collision"],
        id="host-on-another-account-is-told-once",
    ),
    pytest.param(read(tintri({HOST: [OTHER]}), vmlevel()), ["fine"], id="host-alone-is-the-owners-matter"),
    pytest.param(read(tintri({}), vmlevel()), ["unknown"], id="no-owner-is-not-one-owner"),
    pytest.param(read(tintri(HEALTHY), vmlevel(None)), ["unknown"], id="a-domain-is-silent"),
    pytest.param(read(tintri(HEALTHY), tintri(None, "tidc2"), vmlevel()), ["unknown"], id="a-controller-is-silent"),
    pytest.param(
        read(tintri(HEALTHY), vmlevel(), answers("vmlevel.com", "vmdc2", None)),
        ["unknown"],
        id="a-controller-of-the-hosts-domain-is-silent",
    ),
    pytest.param(
        read(tintri(HEALTHY), [*tintri(HEALTHY, "tidc2")[:2], *tintri(None, "tidc2")[2:]], vmlevel()),
        ["unknown"],
        id="another-form-was-not-answered",
    ),
    pytest.param(
        read(tintri(HEALTHY), vmlevel(), [*tintri(HEALTHY, "tidc2"), *tintri(None, "tidc2")]),
        ["fine"],
        id="a-controller-answered-in-another-collection",
    ),
    pytest.param(
        read(tintri({SPN: [STORAGE, OTHER]}), vmlevel(None)),
        ["spn.unique/duplicate", "unknown"],
        id="two-and-a-domain-is-silent",
    ),
    pytest.param(read(), ["unknown"], id="nobody-was-asked"),
]


@pytest.mark.parametrize(("directories", "codes"), UNIQUE)
def test_an_spn_has_one_owner(lines: Lines, alone: Site, directories: Directories, codes: list[str]) -> None:
    assert lines("spn.unique", directories, of=alone) == expected(codes)


def test_a_data_path_by_its_short_name_is_not_its_own_duplicate(lines: Lines, alone: Site) -> None:
    path = msgspec.structs.replace(alone.tenants[0].data_paths[0], name="vmstore-alice")
    site = msgspec.structs.replace(alone, tenants=(msgspec.structs.replace(alone.tenants[0], data_paths=(path,)),))
    reply = tuple(
        SpnAnswer(
            "tintri.com", "tidc", SHORT, form, Observed(Accounts((OTHER,) if form == SHORT else ()), "q", NOW, "s")
        )
        for form in forms(SHORT)
    )
    assert "spn.unique/duplicate" not in " ".join(lines("spn.unique", Directories(spns=reply), of=site))


def test_without_a_catalog_other_domains_of_the_forest_can_own_the_spn(lines: Lines, alone: Site) -> None:
    reply = read(tintri(HEALTHY), vmlevel())
    several = msgspec.structs.replace(
        reply, identities=(identity("tintri.com", "emea.tintri.com"), identity("vmlevel.com"))
    )
    assert lines("spn.unique", several, of=alone) == expected(["unknown"])
    unread = msgspec.structs.replace(reply, identities=())
    assert lines("spn.unique", unread, of=alone) == expected(["unknown"])


def test_catalogs_that_are_all_silent_leave_the_spn_undetermined(lines: Lines, alone: Site) -> None:
    silent = tintri(None, "tidc.tintri.com" + CATALOGUE)
    assert lines("spn.unique", read(tintri(HEALTHY), silent, vmlevel()), of=alone) == expected(["unknown"])
