"""Both sides of a trust: what each directory contains, and why no trust allows tickets."""

from __future__ import annotations

import pytest

from krbcheck.facts.directory import Directories, DomainIdentity, IdentityAnswer, Trust, TrustAnswer, Trusts
from krbcheck.facts.observation import Observation
from krbcheck.site.stated import DataPath, Principal, Site, Storage, Tenant
from krbcheck.views.trust_sides import DomainPair, TrustSides, why_none, wrong_directions
from tests.support.observing import observed, silence

HOSTS, STORAGE = "vmlevel.com", "tintri.com"
PAIR = DomainPair(HOSTS, STORAGE)
DISABLED, INBOUND, OUTBOUND, BOTH = range(4)
SITE = Site(
    "lab",
    (),
    (Storage("vmstore", "VMSTORE$@TINTRI.COM"),),
    (
        Tenant(
            "alice",
            data_paths=(DataPath("vmstore-alice.tintri.com", "vmstore"),),
            principals=(Principal("hv01$@VMLEVEL.COM"), Principal("hv02$@VMLEVEL.COM"), Principal("own$@TINTRI.COM")),
        ),
    ),
)


def answer(domain: str, controller: str, partner: str = "", direction: int = BOTH) -> TrustAnswer:
    found = (Trust(partner, partner.upper(), "S-1", direction, 2, 0),) if partner else ()
    return TrustAnswer(domain, controller, observed(Trusts(found)))


def unread(domain: str, controller: str) -> TrustAnswer:
    return TrustAnswer(domain, controller, silence())


def sides(*answers: TrustAnswer) -> TrustSides:
    return TrustSides(SITE, Directories(trusts=answers))


def test_a_pair_is_needed_for_each_domain_of_hosts_but_the_storages_own() -> None:
    assert sides().pairs == [PAIR]
    assert str(PAIR) == "tintri.com trusts vmlevel.com"


def test_a_controller_that_has_the_object_counts_before_one_that_has_not() -> None:
    hosts, _ = sides(answer(HOSTS, "vmdc1"), answer(HOSTS, "vmdc2", STORAGE)).of(PAIR)
    assert hosts.trust is not None
    assert (hosts.known, hosts.lacks, hosts.unread) == (True, False, False)


def test_only_if_every_controller_answered_an_object_is_missing() -> None:
    hosts, storage = sides(answer(HOSTS, "vmdc1"), unread(HOSTS, "vmdc2"), answer(STORAGE, "tidc", "other.com")).of(
        PAIR
    )
    assert (hosts.lacks, hosts.unread) == (False, True)
    assert (storage.lacks, storage.unread) == (True, False)


def test_a_controller_that_answered_another_collection_is_not_silent() -> None:
    hosts, _ = sides(unread(HOSTS, "vmdc1"), answer(HOSTS, "vmdc1")).of(PAIR)
    assert hosts.silent == ()
    assert hosts.lacks


@pytest.mark.parametrize(
    ("of_hosts", "of_storage", "wrong"),
    [
        (BOTH, BOTH, ""),
        (INBOUND, OUTBOUND, ""),
        (OUTBOUND, INBOUND, "outbound at vmlevel.com; inbound at tintri.com"),
        (DISABLED, BOTH, "disabled at vmlevel.com"),
        (BOTH, INBOUND, "inbound at tintri.com"),
    ],
)
def test_the_domain_of_the_hosts_is_trusted_and_that_of_the_storage_trusts(
    of_hosts: int, of_storage: int, wrong: str
) -> None:
    """MS-ADTS 6.1.6.7.12: 1 is inbound (the other domain trusts this one), 2 is outbound."""
    both = sides(answer(HOSTS, "vmdc1", STORAGE, of_hosts), answer(STORAGE, "tidc", HOSTS, of_storage)).of(PAIR)
    assert wrong_directions(*both) == wrong
    assert why_none(*both) == wrong


def test_a_missing_object_is_the_reason_before_a_direction() -> None:
    both = sides(answer(HOSTS, "vmdc1", STORAGE, OUTBOUND), answer(STORAGE, "tidc")).of(PAIR)
    assert why_none(*both) == "tintri.com has no trust with vmlevel.com"


def test_domains_of_one_forest_trust_each_other() -> None:
    def identity(domain: str, seen: Observation[DomainIdentity]) -> IdentityAnswer:
        return IdentityAnswer(domain, "dc", seen)

    first = identity(HOSTS, observed(DomainIdentity("VMLEVEL", "S-1", "root.com")))
    same = identity(STORAGE, observed(DomainIdentity("TINTRI", "S-2", "root.com")))
    other = identity(STORAGE, observed(DomainIdentity("TINTRI", "S-2", STORAGE)))
    unknown = identity(STORAGE, silence())
    found = [
        TrustSides(SITE, Directories(identities=(first, each))).one_forest(PAIR) for each in (same, other, unknown)
    ]
    assert found == [True, False, False]
    assert not TrustSides(SITE, Directories()).one_forest(PAIR)
