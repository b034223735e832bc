"""policy.client-search and policy.kdc-search: what the site states against what really reaches hosts and KDCs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from krbcheck.judging.verdict import Finding, Fine, Unknown, Verdict
from krbcheck.recording.merging import merge
from krbcheck.site.stated import Principal, Site
from krbcheck.windows.policy_file import CLIENT_KEY, KDC_KEY
from tests.support.policy import CONTROLLERS, HOSTS
from tests.support.remedies import text

DC1, DC2 = "vmdc1.vmlevel.com", "vmdc2.vmlevel.com"
DOMAIN = "DC=vmlevel,DC=com"
Codes = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
VALUES = [
    pytest.param((1, "tintri.com"), ["fine"], id="as-stated"),
    pytest.param((1, "TINTRI.COM."), ["fine"], id="in-capitals-with-a-final-dot"),
    pytest.param((1, "vmlevel.com;tintri.com"), ["fine"], id="the-own-forest-too"),
    pytest.param((None, None), ["not-set"], id="nothing"),
    pytest.param((0, None), ["not-set"], id="switched-off"),
    pytest.param((0, "tintri.com"), ["not-set", "malformed-list"], id="a-list-that-is-off"),
    pytest.param((None, "tintri.com"), ["not-set", "malformed-list"], id="a-list-without-the-switch"),
    pytest.param((2, "tintri.com"), ["not-set", "malformed-list"], id="the-switch-is-2"),
    pytest.param(("1", "tintri.com"), ["not-set", "malformed-list"], id="the-switch-is-text"),
    pytest.param((1, "fabric.com"), ["wrong-list"], id="another-forest"),
    pytest.param((1, "tintri.com;fabric.com"), ["wrong-list"], id="one-more"),
    pytest.param((1, None), ["wrong-list", "malformed-list"], id="on-without-a-list"),
    pytest.param((1, ""), ["wrong-list", "malformed-list"], id="an-empty-list"),
    pytest.param((1, " ; "), ["wrong-list", "malformed-list"], id="blanks-alone"),
    pytest.param((1, "tintri.com "), ["malformed-list"], id="a-blank-behind"),
    pytest.param((1, "tintri.com;"), ["malformed-list"], id="an-empty-entry"),
    pytest.param((1, "tintri.com;TINTRI.com"), ["malformed-list"], id="twice"),
    pytest.param((1, "TINTRI"), ["malformed-list"], id="a-netbios-name"),
    pytest.param((1, "vmlevel.com,tintri.com"), ["malformed-list"], id="a-comma"),
    pytest.param((1, "vmlevel.com tintri.com"), ["malformed-list"], id="a-blank-between"),
    pytest.param((1, "tintri.com,fabric.com"), ["wrong-list", "malformed-list"], id="a-comma-and-one-more"),
]


@pytest.mark.parametrize(("values", "expected"), VALUES)
def test_both_halves_are_held_against_the_stated_list(
    made: Any, codes: Codes, values: tuple[Any, Any], expected: list[str]
) -> None:
    reply = made.told(
        {1: made.gpo(made.sets(*values)), 2: made.gpo(made.sets(*values, key=KDC_KEY))},
        {HOSTS: ((1, 0),), CONTROLLERS: ((2, 0),)},
    )
    facts = made.policies({DC1: reply})
    assert codes("policy.client-search", facts, made.directories()) == expected
    assert codes("policy.kdc-search", facts) == expected


def test_one_half_is_not_the_other(made: Any, codes: Codes) -> None:
    swapped = made.told(made.healthy.gpos, {HOSTS: ((2, 0),), CONTROLLERS: ((1, 0),)})
    facts = made.policies({DC1: swapped})
    assert codes("policy.client-search", facts, made.directories()) == ["not-set"]
    assert codes("policy.kdc-search", facts) == ["not-set"]


def test_the_order_of_several_forests_counts(made: Any, judged: Judged, site_with: Callable[..., Site]) -> None:
    facts = made.policies({DC1: made.healthy.changed(1, settings=made.sets(1, "fabric.com;tintri.com"))})
    (right,) = judged("policy.client-search", site_with(("fabric.com", "tintri.com")), facts, made.directories())
    (wrong,) = judged("policy.client-search", site_with(("tintri.com", "fabric.com")), facts, made.directories())
    assert (type(right), type(wrong)) == (Fine, Finding)


def test_a_finding_names_policy_and_command(made: Any, judged: Judged, site: Site) -> None:
    facts = made.policies({DC1: made.healthy.changed(1, settings=made.sets(1, "fabric.com"))})
    (said,) = judged("policy.client-search", site, facts, made.directories())
    assert isinstance(said, Finding)
    assert said.code == "policy.client-search/wrong-list"
    assert (said.values["order"], said.values["wanted"]) == ("fabric.com", "tintri.com")
    assert said.values["found"] == f"'fabric.com' by 'P1' (link 1 at {HOSTS})"
    state, replace_list, *_ = said.remedy
    command = (
        "Set-GPRegistryValue -Guid 00000000-0000-0000-0000-000000000001 -Domain vmlevel.com "
        f"-Key 'HKLM\\{CLIENT_KEY}' -ValueName ForestSearchList -Type String -Value"
    )
    assert "write its list in the site file" in state.says
    assert replace_list.command == f"{command} 'tintri.com;fabric.com'", "the forest of the old list is kept"
    assert replace_list.undo == f"{command} 'fabric.com'"
    assert said.values["expected"] == "UseForestSearch=1, ForestSearchList=tintri.com"
    assert said.tenant == "alice"


GUID = "00000000-0000-0000-0000-000000000001"
REMEDIES = [
    pytest.param({"flags": 2}, f"(Get-GPO -Guid {GUID}).GpoStatus = 'AllSettingsEnabled'", id="half-off"),
    pytest.param({"extensions": ""}, f"Group Policy Management Editor: open the policy {GUID}, ", id="no-extension"),
    pytest.param({"dacl": ()}, f"Get-GPPermission -Guid {GUID} -All", id="filtered"),
    pytest.param({"settings": ()}, "New-GPO -Name 'Kerberos forest search order' ", id="nothing"),
    pytest.param({"link": 1}, f"Set-GPLink -Guid {GUID} -Target '{HOSTS}' -LinkEnabled Yes", id="link-disabled"),
]


@pytest.mark.parametrize(("changes", "command"), REMEDIES)
def test_what_is_not_set_is_mended_where_it_lies(
    made: Any, judged: Judged, site: Site, changes: dict[str, Any], command: str
) -> None:
    link = changes.pop("link", 0)
    reply = replace(made.healthy.changed(1, **changes), links={HOSTS: ((1, link),)})
    (said,) = judged("policy.client-search", site, made.policies({DC1: reply}), made.directories())
    assert isinstance(said, Finding)
    assert command in text(said)


def test_a_blocked_policy_is_enforced_and_the_block_stays(made: Any, judged: Judged, site: Site) -> None:
    reply = made.told(made.healthy.gpos, {DOMAIN: ((1, 0),)}, (HOSTS,))
    (said,) = judged("policy.client-search", site, made.policies({DC1: reply}), made.directories())
    assert isinstance(said, Finding)
    assert f"{HOSTS} blocks inheritance" in said.values["found"]
    assert f"{HOSTS} keeps its block" in text(said)


def test_a_malformed_file_alone_is_not_set_and_says_where(made: Any, judged: Judged, site: Site) -> None:
    reply = made.healthy.changed(1, malformed="']' is missing", settings=())
    (said,) = judged("policy.client-search", site, made.policies({DC1: reply, DC2: reply}), made.directories())
    assert isinstance(said, Finding)
    assert said.code == "policy.client-search/not-set"
    assert "malformed at byte 40 of 100: ']' is missing" in said.values["found"]


def test_a_malformed_file_after_a_good_one_leaves_it_open(made: Any, codes: Codes) -> None:
    gpos = {**made.healthy.gpos, 3: made.gpo(malformed="cut off")}
    before = made.told(gpos, {DOMAIN: ((3, 0),), HOSTS: ((1, 0),)})
    after = made.told(gpos, {DOMAIN: ((1, 0),), HOSTS: ((3, 0),)})
    assert codes("policy.client-search", made.policies({DC1: before}), made.directories()) == ["fine"]
    assert codes("policy.client-search", made.policies({DC1: after}), made.directories()) == ["unknown"]


def test_what_depends_on_the_controller_is_unknown(made: Any, judged: Judged, site: Site) -> None:
    facts = made.policies({DC1: made.healthy, DC2: made.healthy.changed(1, file=False, file_version=None)})
    (said,) = judged("policy.client-search", site, facts, made.directories())
    assert isinstance(said, Unknown)
    assert said.says == (
        f"the controllers hold different policies (see policy.controllers): by {DC1} 'tintri.com' by 'P1' (link 1 at "
        f"{HOSTS}); by {DC2} not set"
    )


def test_a_host_can_read_its_policy_at_the_controller_that_is_silent(made: Any, codes: Codes) -> None:
    facts = made.policies({DC1: None, DC2: made.healthy})
    assert codes("policy.client-search", facts, made.directories()) == ["unknown"]
    assert codes("policy.kdc-search", facts) == ["unknown", "fine"]


def test_a_policy_that_one_controller_did_not_return_is_not_judged_by_that_of_another(made: Any, codes: Codes) -> None:
    """The host may read it at either controller, a KDC has its own."""
    unset = made.healthy.changed(1, settings=()).changed(2, settings=())
    of_hosts = made.policies({DC1: made.healthy.changed(1, readable=False), DC2: unset})
    assert codes("policy.client-search", of_hosts, made.directories()) == ["unknown"]
    of_kdcs = made.policies({DC1: made.healthy.changed(2, readable=False), DC2: unset})
    assert codes("policy.kdc-search", of_kdcs) == ["unknown", "not-set"]


def test_silence_is_unknown(made: Any, codes: Codes) -> None:
    facts = made.policies({DC1: None, DC2: None})
    assert codes("policy.client-search", facts, made.directories()) == ["unknown"]
    assert codes("policy.kdc-search", facts) == ["unknown", "unknown"]
    assert codes("policy.client-search", made.policies({}), made.directories()) == ["unknown"]
    assert codes("policy.kdc-search", made.policies({})) == ["unknown"]


def test_an_account_that_is_not_there_is_unknown(made: Any, codes: Codes) -> None:
    assert codes("policy.client-search", made.policies({DC1: made.healthy}), made.directories(found=False)) == [
        "unknown"
    ]


def test_without_a_stated_order_a_policy_is_told_and_nothing_is_judged(
    made: Any, judged: Judged, site_with: Callable[..., Site]
) -> None:
    site = site_with(None)
    (said,) = judged("policy.client-search", site, made.policies({DC1: made.healthy}), made.directories())
    assert isinstance(said, Fine)
    assert said.because[1].line == "the site states no forest_search_order"
    assert judged("policy.client-search", site, made.policies({DC1: made.told()}), made.directories()) == []
    assert judged("policy.kdc-search", site, made.policies({DC1: made.told()})) == []
    assert judged("policy.kdc-search", site, made.policies({})) == []


def test_the_same_controllers_told_twice_are_judged_once(made: Any, codes: Codes) -> None:
    once, again = made.policies({DC1: None}), made.policies({DC1: made.healthy})
    both = merge([{type(once): once}, {type(once): again}])[type(once)]
    assert codes("policy.client-search", both, made.directories()) == ["fine"]
    assert codes("policy.kdc-search", both) == ["fine"]
    assert codes("policy.controllers", both) == ["fine", "fine"]


def test_the_same_principal_of_two_tenants_is_judged_for_each(made: Any, judged: Judged, site: Site) -> None:
    two = replace_tenants(site)
    said = judged("policy.client-search", two, made.policies({DC1: made.healthy}), made.directories())
    assert [entry.tenant for entry in said] == ["alice", "bob"]


def replace_tenants(site: Site) -> Site:
    (alice,) = site.tenants
    bob = type(alice)("bob", principals=(Principal(alice.principals[0].name),))
    return Site(site.name, site.domains, site.storages, (alice, bob))
