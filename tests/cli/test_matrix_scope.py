"""Which principals and shares a matrix is for."""

from __future__ import annotations

import pytest

from fixtures.scenarios import facts_of, site_of
from krbcheck.cli.matrix_scope import derived, narrowed
from krbcheck.cli.mistakes import Mistake
from krbcheck.facts.listed_shares import ListedShares
from krbcheck.facts.share_access import ShareAccess
from krbcheck.report.matrix import nothing_computed
from krbcheck.site.stated import SecretKind, SecretSource, Site
from tests.support import matrix_report

site = matrix_report.site

KEYTAB = SecretSource(SecretKind.KEYTAB, "/x.keytab")


def test_a_name_that_the_site_does_not_have_is_a_mistake(site: Site) -> None:
    for wrong in ((["carol"], None, None), (None, ["a9@VM.COM"], None), (None, None, ["other"])):
        with pytest.raises(Mistake):
            narrowed(site, *wrong)


def test_named_principals_alone_are_asked_at_the_shares_of_all(site: Site) -> None:
    narrow = narrowed(site, None, ["A2"], None)
    assert narrow.tenants == ("alice",)
    assert [entry.name for _, entry in narrow.site.principals()] == ["a2@VM.COM"]
    assert [share.name for tenant in narrow.site.tenants for share in tenant.shares] == ["aliceVMs", "bobVMs"]


def test_a_principal_and_a_storage_are_understood_in_every_form(site: Site) -> None:
    for typed in ("a2", r"VM\a2", "A2@VM"):
        assert [entry.name for _, entry in narrowed(site, None, [typed], None).site.principals()] == ["a2@VM.COM"]
    _, path = next(site.paths())
    for typed in (path.storage, path.name, rf"\\{path.name}\aliceVMs"):
        assert [storage.name for storage in narrowed(site, None, None, [typed]).site.storages] == [path.storage]


def test_what_was_not_read_is_not_derived() -> None:
    """A recording of an older version has access lists, and no lists of shares."""
    facts = dict(facts_of("share-unstated-open"))
    assert derived(site_of("healthy"), facts)[1] is not None
    del facts[ListedShares]
    access, unstated = derived(site_of("healthy"), facts)
    assert unstated is None
    assert access("alice-hv01$@VMLEVEL.COM", "vmstore", "AliceVMs") is not None
    del facts[ShareAccess]
    assert derived(site_of("healthy"), facts) == (nothing_computed, None)
