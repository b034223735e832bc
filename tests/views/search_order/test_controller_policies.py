"""Group policy as one controller returns it, and why it is not known there."""

from __future__ import annotations

from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories
from krbcheck.facts.observation import Observation
from krbcheck.facts.policy import (
    Container,
    Containers,
    ContainersAnswer,
    Policies,
    PolicyFiles,
    PolicyFilesAnswer,
    PolicyObject,
    PolicyObjects,
    PolicyObjectsAnswer,
)
from krbcheck.views.search_order.controller_policies import AccountsByName, ControllerPolicies, policies_of
from krbcheck.windows.descriptor import Ace
from tests.support.observing import observed, silence

DOMAIN, DC1, DC2 = "vmlevel.com", "vmdc1", "vmdc2"
POLICY, HIDDEN = PolicyObject("CN={1}", "Search", dacl=(Ace(True, 1, "S-1-5-11"),)), PolicyObject("CN={2}", "Hidden")


def objects(host: str, seen: Observation[PolicyObjects]) -> PolicyObjectsAnswer:
    return PolicyObjectsAnswer(DOMAIN, host, seen)


def links(host: str) -> ContainersAnswer:
    return ContainersAnswer(DOMAIN, host, observed(Containers((Container("DC=vmlevel,DC=com"),))))


def files(host: str, dn: str, seen: Observation[PolicyFiles]) -> PolicyFilesAnswer:
    return PolicyFilesAnswer(DOMAIN, host, dn, seen)


BOTH = observed(PolicyObjects((POLICY, HIDDEN)))


def only(policies: Policies) -> ControllerPolicies:
    (found,) = policies_of(policies, DOMAIN)
    return found


def test_entries_are_found_by_their_names_in_lower_case() -> None:
    found = only(Policies((objects(DC1, BOTH),), (links(DC1),)))
    assert (list(found.objects), list(found.containers)) == (["cn={1}", "cn={2}"], ["dc=vmlevel,dc=com"])
    assert found.sids == {"S-1-5-11"}
    assert (found.why, found.gaps) == ("", ())


def test_each_controller_has_its_own() -> None:
    policies = Policies((objects(DC1, BOTH), objects(DC2, observed(PolicyObjects()))), (links(DC1), links(DC2)))
    assert [(each.controller, len(each.objects)) for each in policies_of(policies, DOMAIN)] == [(DC1, 2), (DC2, 0)]
    assert policies_of(policies, "tintri.com") == []


def test_the_first_answer_counts() -> None:
    """A second collection of the same controller, whose query was not answered."""
    found = only(Policies((objects(DC1, silence()), objects(DC1, BOTH), objects(DC1, silence())), (links(DC1),)))
    assert len(found.objects) == 2
    assert found.gaps == ()


def test_a_query_without_an_answer_is_the_reason() -> None:
    gap = silence("no response", asked="policy objects")
    found = only(Policies((objects(DC1, gap),), (links(DC1),)))
    assert found.why == "policy objects, from alice: no response"
    assert found.gaps == (gap,)


def test_what_was_not_queried_is_named() -> None:
    assert only(Policies((objects(DC1, BOTH),))).why == "the policy links of vmlevel.com were not queried at vmdc1"
    assert only(Policies((), (links(DC1),))).why == "the policy objects of vmlevel.com were not queried at vmdc1"


def test_files_are_a_gap_only_if_none_could_be_read() -> None:
    gap = silence("access denied", asked="GPT.INI")
    read, unread = files(DC1, "cn={1}", observed(PolicyFiles(1))), files(DC1, "cn={2}", gap)
    some = only(Policies((objects(DC1, BOTH),), (links(DC1),), files=(read, unread)))
    none = only(Policies((objects(DC1, BOTH),), (links(DC1),), files=(unread,)))
    assert (some.gaps, none.gaps) == ((), (gap,))
    assert some.file("CN={1}") == read.seen
    assert some.file("CN={3}") is None


def test_an_account_is_read_at_the_same_controller_or_else_at_any() -> None:
    def answer(host: str, seen: Observation[Accounts]) -> AccountAnswer:
        return AccountAnswer(DOMAIN, host, "alice-hv01$@VMLEVEL.COM", seen)

    first, second = (observed(Accounts((Account(f"CN={host}", "", ""),))) for host in (DC1, DC2))
    accounts = AccountsByName(
        Directories(accounts=(answer(DC1, first), answer(DC2, second), answer("vmdc3", silence())))
    )
    assert accounts.at("ALICE-HV01$@vmlevel.com", DC2) is second
    assert accounts.at("alice-hv01$@VMLEVEL.COM", "vmdc4") is first
    assert accounts.at("bob-hv01$@VMLEVEL.COM", DC1) is None
