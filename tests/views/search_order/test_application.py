"""Which policy reaches a host's account, and which one wins: links, order, enforcement, blocking, halves, filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.facts.observation import Facts
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.site.stated import Site
from krbcheck.windows.descriptor import Ace
from krbcheck.windows.policy_file import CLIENT_KEY, KDC_KEY, Setting

DOMAIN = "DC=vmlevel,DC=com"
HOSTS, TOP = f"OU=Hosts,OU=Tenants,{DOMAIN}", f"OU=Tenants,{DOMAIN}"
DC1 = "vmdc1.vmlevel.com"
APPLY = "edacfd8f-ffb3-11d1-b41d-00a0c968f939"
HOST_SID, COMPUTERS, EVERYONE, AUTHENTICATED = "S-1-5-21-1-1-1-1101", "S-1-5-21-1-1-1-515", "S-1-1-0", "S-1-5-11"
READ, CONTROL = 0x20094, 0x100
DISABLED, ENFORCED = 1, 2
Links = dict[str, tuple[tuple[int, int], ...]]
Said = Callable[..., str]


@pytest.fixture
def outcome(made: Any, judged: Callable[..., list[Verdict]], site: Site) -> Said:
    """What policy.client-search comes to: `fine`, `unknown …` or the finding's slug with what was found."""

    def said(reply: Any, *families: Facts, **of_account: Any) -> str:
        facts = families or (made.policies({DC1: reply}), made.directories(**of_account))
        (first, *_) = judged("policy.client-search", site, *facts)
        if isinstance(first, Finding):
            return f"{first.code.partition('/')[2]}: {first.values['found']}"
        return f"unknown: {first.says}" if isinstance(first, Unknown) else "fine"

    return said


def lists(made: Any, *names: str | None) -> dict[int, Any]:
    """Policies that list these forests, by number from 1; None sets nothing."""
    return {position: made.gpo(made.sets(1, name) if name else ()) for position, name in enumerate(names, 1)}


GOOD, BAD = "tintri.com", "fabric.com"
ORDER = [
    pytest.param((GOOD,), {HOSTS: ((1, 0),)}, (), "fine", id="its-own-ou"),
    pytest.param((GOOD,), {TOP: ((1, 0),)}, (), "fine", id="the-ou-above"),
    pytest.param((GOOD,), {DOMAIN: ((1, 0),)}, (), "fine", id="the-domain"),
    pytest.param((GOOD,), {}, (), "not-set", id="not-linked"),
    pytest.param((GOOD,), {f"OU=Other,{DOMAIN}": ((1, 0),)}, (), "not-set", id="another-ou"),
    pytest.param((GOOD, BAD), {HOSTS: ((1, 0),), TOP: ((2, 0),)}, (), "fine", id="the-nearer-ou-wins"),
    pytest.param((BAD, GOOD), {HOSTS: ((1, 0),), DOMAIN: ((2, 0),)}, (), "wrong-list", id="the-domain-loses"),
    pytest.param((BAD, GOOD), {HOSTS: ((1, 0),), TOP: ((2, ENFORCED),)}, (), "fine", id="enforced-above-wins"),
    pytest.param(
        (GOOD, BAD),
        {HOSTS: ((1, ENFORCED),), DOMAIN: ((2, ENFORCED),)},
        (),
        "wrong-list",
        id="the-highest-enforced-wins",
    ),
    pytest.param((GOOD, BAD), {DOMAIN: ((1, ENFORCED),), HOSTS: ((2, 0),)}, (), "fine", id="enforced-beats-the-ou"),
    pytest.param((GOOD,), {DOMAIN: ((1, 0),)}, (HOSTS,), "not-set", id="blocked"),
    pytest.param((GOOD,), {DOMAIN: ((1, 0),)}, (TOP,), "not-set", id="blocked-higher-up"),
    pytest.param((GOOD,), {HOSTS: ((1, 0),)}, (HOSTS,), "fine", id="a-block-leaves-its-own-links"),
    pytest.param((GOOD,), {TOP: ((1, 0),)}, (TOP,), "fine", id="and-those-of-the-blocking-ou-reach-below"),
    pytest.param((GOOD,), {DOMAIN: ((1, ENFORCED),)}, (HOSTS, TOP), "fine", id="enforced-passes-a-block"),
    pytest.param((GOOD, BAD), {HOSTS: ((1, 0),), DOMAIN: ((2, 0),)}, (HOSTS,), "fine", id="a-block-keeps-a-list"),
    pytest.param((GOOD,), {HOSTS: ((1, DISABLED),)}, (), "not-set", id="disabled"),
    pytest.param((GOOD,), {HOSTS: ((1, DISABLED | ENFORCED),)}, (), "not-set", id="disabled-and-enforced"),
    pytest.param((GOOD, BAD), {HOSTS: ((1, 0), (2, DISABLED))}, (), "fine", id="a-disabled-one-beside"),
    pytest.param((GOOD, GOOD), {HOSTS: ((1, 0), (2, 0))}, (), "fine", id="two-that-agree"),
    pytest.param((GOOD, BAD), {HOSTS: ((1, 0), (2, 0))}, (), "unknown", id="two-of-one-container-disagree"),
    pytest.param((BAD, GOOD), {HOSTS: ((1, 0), (2, 0))}, (), "unknown", id="in-either-order"),
    pytest.param((GOOD, BAD), {HOSTS: ((1, 0), (2, ENFORCED))}, (), "wrong-list", id="the-enforced-of-two-wins"),
    pytest.param((BAD, BAD, GOOD), {TOP: ((1, 0), (2, 0)), HOSTS: ((3, 0),)}, (), "fine", id="a-nearer-one-settles-it"),
    pytest.param((GOOD, None), {HOSTS: ((1, 0), (2, 0))}, (), "fine", id="one-that-says-nothing"),
]


@pytest.mark.parametrize(("names", "links", "blocks", "expected"), ORDER)
def test_the_order_of_links_decides(
    made: Any, outcome: Said, names: tuple[str | None, ...], links: Links, blocks: tuple[str, ...], expected: str
) -> None:
    assert outcome(made.told(lists(made, *names), links, blocks)).partition(":")[0] == expected


def test_two_that_disagree_are_told_with_their_links(made: Any, outcome: Said) -> None:
    said = outcome(made.told(lists(made, None, GOOD, BAD), {HOSTS: ((1, 0), (2, 0), (3, 0))}))
    assert said == (
        f"unknown: 'P2' (link 2 at {HOSTS}) sets 'tintri.com'; 'P3' (link 3 at {HOSTS}) sets 'fabric.com': "
        "which of two links of one container wins is not certain"
    )


OFF = [
    pytest.param({"flags": 2}, "its computer settings are disabled (flags 2)", id="machine-half-off"),
    pytest.param({"flags": 3}, "its computer settings are disabled (flags 3)", id="all-off"),
    pytest.param({"functionality": 1}, "its gPCFunctionalityVersion is 1, not 2", id="too-old"),
    pytest.param({"extensions": ""}, "its gPCMachineExtensionNames lacks the registry extension", id="no-extension"),
    pytest.param(
        {"extensions": "[{827D319E-6EAC-11D2-A4EA-00C04F79F83A}{803E14A0-B4FB-11D0-A0D0-00A0C90F574B}]"},
        "its gPCMachineExtensionNames lacks the registry extension",
        id="another-extension",
    ),
    pytest.param(
        {"version": 0x30000, "file_version": 0x30000},
        "its computer version is 0, so Windows treats it as empty",
        id="empty",
    ),
]


@pytest.mark.parametrize(("changes", "why"), OFF)
def test_a_policy_that_is_off_is_named(made: Any, outcome: Said, changes: dict[str, Any], why: str) -> None:
    reply = made.healthy.changed(1, **changes)
    assert outcome(reply) == f"not-set: not set: 'P1' (link 1 at {HOSTS}) sets it, but {why}"


@pytest.mark.parametrize(
    "changes", [{"flags": 1}, {"version": 0}, {"extensions": "[{35378eac-683f-11d2-a89a-00c04fbbcfa2}]"}]
)
def test_what_concerns_users_or_one_half_only_is_no_reason(made: Any, outcome: Said, changes: dict[str, Any]) -> None:
    assert outcome(made.healthy.changed(1, **changes)) == "fine"


def aces(*of: tuple[bool, str, int, str]) -> tuple[Ace, ...]:
    return tuple(Ace(allow, mask, sid, right) for allow, sid, mask, right in of)


READS = (True, AUTHENTICATED, READ, "")
DENIED = f"the account is denied to apply it (entry for {HOST_SID})"
FILTER = [
    pytest.param(aces(READS, (True, AUTHENTICATED, CONTROL, APPLY)), "", id="authenticated-users"),
    pytest.param(aces(READS, (True, EVERYONE, CONTROL, APPLY)), "", id="everyone"),
    pytest.param(aces(READS, (True, COMPUTERS, CONTROL, APPLY)), "", id="domain-computers"),
    pytest.param(aces(READS, (True, HOST_SID, CONTROL, APPLY)), "", id="the-account-itself"),
    pytest.param(aces(READS, (True, COMPUTERS, 0xF01FF, "")), "", id="full-control"),
    pytest.param(aces((True, COMPUTERS, 0x10000000, "")), "", id="generic-all"),
    pytest.param(aces(READS), "no entry allows the account to apply it", id="nobody-applies"),
    pytest.param((), "no entry allows the account to apply it", id="an-empty-acl"),
    pytest.param(
        aces(READS, (True, "S-1-5-21-1-1-1-513", CONTROL, APPLY)),
        "no entry allows the account to apply it",
        id="users-only",
    ),
    pytest.param(
        aces(READS, (True, AUTHENTICATED, CONTROL, "00299570-246d-11d0-a768-00aa006e0529")),
        "no entry allows the account to apply it",
        id="another-right",
    ),
    pytest.param(
        aces((False, HOST_SID, CONTROL, APPLY), READS, (True, AUTHENTICATED, CONTROL, APPLY)), DENIED, id="denied"
    ),
    pytest.param(
        aces(READS, (True, AUTHENTICATED, CONTROL, APPLY), (False, HOST_SID, CONTROL, APPLY)), DENIED, id="denied-last"
    ),
    pytest.param(
        aces((False, COMPUTERS, CONTROL, ""), READS, (True, AUTHENTICATED, CONTROL, APPLY)),
        f"the account is denied to apply it (entry for {COMPUTERS})",
        id="denied-by-a-group",
    ),
    pytest.param(
        aces((False, "S-1-5-21-1-1-1-1102", CONTROL, APPLY), READS, (True, AUTHENTICATED, CONTROL, APPLY)),
        "",
        id="another-host-is-denied",
    ),
    pytest.param(
        aces((True, AUTHENTICATED, CONTROL, APPLY), (True, "S-1-5-21-1-1-1-513", READ, "")),
        "no entry allows the account to read it",
        id="may-not-read",
    ),
]


@pytest.mark.parametrize(("dacl", "why"), FILTER)
def test_security_filtering_decides(made: Any, outcome: Said, dacl: tuple[Ace, ...], why: str) -> None:
    said = outcome(made.healthy.changed(1, dacl=dacl))
    assert said == (f"not-set: not set: 'P1' (link 1 at {HOSTS}) sets it, but {why}" if why else "fine")


@pytest.mark.parametrize(
    ("dacl", "groups"),
    [
        pytest.param(None, (COMPUTERS,), id="permissions-hidden"),
        pytest.param(aces(READS, (True, COMPUTERS, CONTROL, APPLY)), None, id="groups-not-told"),
        pytest.param(
            aces((False, COMPUTERS, CONTROL, APPLY), READS, (True, AUTHENTICATED, CONTROL, APPLY)),
            None,
            id="maybe-denied",
        ),
        pytest.param(
            (Ace(True, READ, AUTHENTICATED), Ace(True, CONTROL, AUTHENTICATED, APPLY, True)), (), id="conditional"
        ),
    ],
)
def test_what_the_directory_does_not_tell_stays_unknown(
    made: Any, outcome: Said, dacl: tuple[Ace, ...] | None, groups: tuple[str, ...] | None
) -> None:
    assert outcome(made.healthy.changed(1, dacl=dacl), groups=groups).startswith("unknown")


def test_a_wmi_filter_is_said_as_not_judged(made: Any, outcome: Said) -> None:
    reply = made.healthy.changed(1, wmi="[vmlevel.com;{1};0]")
    assert outcome(reply) == f"unknown: 'P1' (link 1 at {HOSTS}): it has a WMI filter, which krbcheck does not evaluate"


def test_a_wmi_filter_that_changes_nothing_is_no_matter(made: Any, outcome: Said) -> None:
    gpos = lists(made, GOOD, GOOD, None)
    filtered = {**gpos, 2: made.gpo(made.sets(1, GOOD), wmi="x"), 3: made.gpo(wmi="x")}
    assert outcome(made.told(filtered, {TOP: ((1, 0),), HOSTS: ((2, 0), (3, 0))})) == "fine"
    assert outcome(made.told(lists(made, GOOD) | {2: made.gpo(made.sets(1, BAD), wmi="x")}, {
        HOSTS: ((1, 0),), TOP: ((2, 0),)})) == "fine"  # fmt: skip


def test_a_hidden_policy_may_say_anything(made: Any, outcome: Said) -> None:
    reply = made.told(lists(made, GOOD) | {2: made.gpo(hidden=True)}, {HOSTS: ((1, 0), (2, 0))})
    assert "its object does not exist, or the reading account has no access to it" in outcome(reply)


def test_a_hidden_policy_that_a_nearer_one_overrides_is_no_matter(made: Any, outcome: Said) -> None:
    reply = made.told(lists(made, GOOD) | {2: made.gpo(hidden=True)}, {HOSTS: ((1, 0),), DOMAIN: ((2, 0),)})
    assert outcome(reply) == "fine"


def test_files_that_could_not_be_read_leave_it_unknown(made: Any, outcome: Said) -> None:
    reply = made.told(lists(made, GOOD, None), {HOSTS: ((1, 0), (2, 0))})
    assert outcome(reply.changed(1, readable=False)).startswith("unknown")
    assert outcome(reply.changed(2, readable=False)).startswith("unknown")


def test_links_that_were_not_read_leave_it_unknown(made: Any, outcome: Said) -> None:
    reply = made.told(lists(made, GOOD), {HOSTS: ((1, 0),)}, containers=(HOSTS, DOMAIN))
    assert outcome(reply) == f"unknown: the links of {TOP} were not read at {DC1}"


def delete(name: str, text: str = "", key: str = CLIENT_KEY) -> Setting:
    return Setting(key, name, 1, text)


PARENT = CLIENT_KEY.removesuffix("\\kerberos\\parameters")
DELETIONS = [
    pytest.param((delete("**Del.ForestSearchList"),), "wrong-list", id="del-of-the-list"),
    pytest.param((delete("**del.useforestsearch"),), "not-set", id="del-of-the-switch"),
    pytest.param((delete("**DelVals."),), "not-set", id="delvals"),
    pytest.param((delete("**DeleteValues", "Other;ForestSearchList"),), "wrong-list", id="deletevalues"),
    pytest.param((delete("**DeleteValues", "Other"),), "fine", id="deletevalues-of-another"),
    pytest.param((delete("**DeleteKeys", "Kerberos;Other", PARENT),), "not-set", id="deletekeys-above"),
    pytest.param((delete("**DeleteKeys", "Kerberos\\Parameters", PARENT),), "not-set", id="deletekeys-of-a-path"),
    pytest.param((delete("**DeleteKeys", "Software", ""),), "not-set", id="deletekeys-at-the-root"),
    pytest.param((delete("**DeleteKeys", "KDC", PARENT),), "fine", id="deletekeys-of-the-other-half"),
    pytest.param((delete("**DeleteKeys", "Software", "Software\\Other"),), "fine", id="deletekeys-of-another-key"),
    pytest.param((delete("**Del.ForestSearchList", key=KDC_KEY),), "fine", id="del-of-the-other-half"),
    pytest.param((delete("**SecureKey"),), "fine", id="securekey"),
    pytest.param((delete("**DelVals."), Setting(CLIENT_KEY, "UseForestSearch", 4, number=1),
                  Setting(CLIENT_KEY, "ForestSearchList", 1, GOOD)), "fine", id="deleted-and-set-anew"),
    pytest.param((Setting(CLIENT_KEY, "UseForestSearch", 4, number=0),), "not-set", id="switched-off"),
    pytest.param((Setting(CLIENT_KEY.upper(), "FORESTSEARCHLIST", 1, BAD),), "wrong-list", id="any-letter-case"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "expected"), DELETIONS)
def test_a_later_policy_overrides_and_deletes(
    made: Any, outcome: Said, settings: tuple[Setting, ...], expected: str
) -> None:
    reply = made.told(lists(made, GOOD) | {2: made.gpo(settings)}, {DOMAIN: ((1, 0),), HOSTS: ((2, 0),)})
    assert outcome(reply).partition(":")[0] == expected


def test_one_value_may_come_from_one_policy_and_one_from_another(made: Any, outcome: Said) -> None:
    gpos = {1: made.gpo(made.sets(1, None)), 2: made.gpo(made.sets(None, GOOD))}
    assert outcome(made.told(gpos, {DOMAIN: ((1, 0),), HOSTS: ((2, 0),)})) == "fine"


def test_a_principal_that_is_no_computer_is_left_out(
    made: Any, judged: Callable[..., list[Verdict]], site: Site
) -> None:
    facts = (made.policies({DC1: made.told()}), made.directories(classes=("user",)))
    assert judged("policy.client-search", site, *facts) == []
