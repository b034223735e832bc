"""Which global catalogs of a forest contain an SPN, and why another one may lack it."""

from __future__ import annotations

from krbcheck.facts.directory import (
    CATALOGUE,
    Account,
    Accounts,
    Directories,
    DomainIdentity,
    IdentityAnswer,
    SpnAnswer,
)
from krbcheck.facts.observation import Observation
from krbcheck.views.global_catalogs import CatalogAnswers, GlobalCatalogs
from tests.support.observing import observed, silence

SPN, HOST_SPN, DOMAIN = "cifs/vmstore.fabric.com", "host/vmstore.fabric.com", "fabric.com"
OWNER, NONE = Accounts((Account("CN=VMSTORE,DC=fabric,DC=com", "VMSTORE$", "S-1"),)), Accounts()


def identity(domain: str, seen: Observation[DomainIdentity] | None = None) -> IdentityAnswer:
    own = DomainIdentity("NB", "S-1", DOMAIN, domains=(DOMAIN, f"child.{DOMAIN}"))
    return IdentityAnswer(domain, "dc", seen or observed(own))


def answer(
    host: str, seen: Observation[Accounts], form: str = SPN, domain: str = DOMAIN, suffix: str = CATALOGUE
) -> SpnAnswer:
    return SpnAnswer(domain, f"{host}{suffix}", SPN, form, seen)


def found(*answers: SpnAnswer, identities: tuple[IdentityAnswer, ...] = (identity(DOMAIN),)) -> CatalogAnswers:
    return GlobalCatalogs(Directories(identities=identities, spns=answers)).of(SPN.upper(), DOMAIN)


def test_catalogs_that_contain_it_and_those_that_lack_it_are_listed() -> None:
    both = found(answer("dc1", observed(OWNER)), answer("dc2", observed(NONE)))
    assert (both.knowing, both.lacking, both.unknown, both.differ) == (("dc1",), ("dc2",), "", True)
    assert not found(answer("dc1", observed(OWNER))).differ


def test_a_host_spn_of_the_same_name_stands_for_it() -> None:
    """sPNMappings: HOST stands for cifs."""
    one = found(answer("dc1", observed(NONE)), answer("dc1", observed(OWNER), HOST_SPN))
    assert (one.knowing, one.lacking) == (("dc1",), ())


def test_the_directory_of_the_domain_is_no_catalog() -> None:
    only = found(answer("dc1", observed(OWNER), suffix=""))
    assert only.knowing == ()
    assert only.unknown == f"no global catalog of {DOMAIN} was queried for {SPN.upper()}"


def test_a_catalog_without_an_answer_is_in_neither_list() -> None:
    gap = silence("no response", asked="SPN")
    one = found(answer("dc1", observed(OWNER)), answer("dc2", gap))
    assert (one.knowing, one.lacking, one.silent) == (("dc1",), (), (gap,))
    assert one.unknown == "SPN, from alice: no response"


def test_a_catalog_that_answered_in_another_collection_is_not_silent() -> None:
    one = found(answer("dc1", silence()), answer("dc1", observed(NONE)))
    assert (one.lacking, one.unknown) == (("dc1",), "")


def test_a_domain_whose_forest_is_not_known_may_have_another_catalog() -> None:
    gap = silence("no response")
    child = identity(f"child.{DOMAIN}", gap)
    one = found(answer("dc1", observed(OWNER)), answer("dc9", observed(NONE), domain=f"child.{DOMAIN}"),
                identities=(identity(DOMAIN), child))  # fmt: skip
    assert one.unread == (f"child.{DOMAIN}",)
    assert one.unknown == f"the forest of child.{DOMAIN} is not known"
    assert one.silent == (gap,)


def test_a_domain_that_the_forest_does_not_list_is_another_forest() -> None:
    one = found(answer("dc1", observed(OWNER)), answer("dc9", observed(NONE), domain="other.com"))
    assert (one.knowing, one.lacking, one.unread) == (("dc1",), (), ())
