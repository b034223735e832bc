"""What the answers about data paths' names are judged to be: resolves, address, agree, alias, reverse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.directory import Account, Accounts, Directories, SpnAnswer
from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers, ReverseAnswer
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import DataPath, Site

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
Answers = Mapping[str, DnsAnswer | Sequence[str] | None]
"""By name server: addresses, or an rcode, or a whole answer, or None for silence."""
AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE = "vmstore-alice.tintri.com"
BOB = "vmstore-bob.tintri.com"
HERS, HIS, HERS_TOO, NOBODYS = "10.77.11.30", "10.77.12.30", "10.77.11.99", "10.9.9.9"
BOB_UNKNOWN = f"unknown bob {BOB}"


def said(answer: DnsAnswer, server: str, tenant: str = "alice") -> Observed[DnsAnswer]:
    return Observed(answer, f"? of {server}", AT, tenant)


def silence(server: str, tenant: str = "alice") -> Unobserved:
    return Unobserved(Gap.TIMED_OUT, "no answer within 2 s", f"? of {server}", AT, tenant)


def names(answers: Answers, tenant: str = "alice", name: str = ALICE) -> NameAnswers:
    """A answers; every server that speaks has no AAAA record."""
    found = []
    for server, one in answers.items():
        seen: Observation[DnsAnswer]
        match one:
            case None:
                seen = silence(server, tenant)
            case str():
                seen = said(DnsAnswer(one), server, tenant)
            case DnsAnswer():
                seen = said(one, server, tenant)
            case _:
                seen = said(DnsAnswer("NOERROR", addresses=tuple(one), ttl=60), server, tenant)
        found.append(NameAnswer(tenant, name, "A", server, seen))
        other = silence(server, tenant) if one is None else said(DnsAnswer("NOERROR"), server, tenant)
        found.append(NameAnswer(tenant, name, "AAAA", server, other))
    return NameAnswers(tuple(found))


def both(*some: NameAnswers) -> NameAnswers:
    return NameAnswers(
        tuple(one for names in some for one in names.forward),
        tuple(one for names in some for one in names.reverse),
    )


def unstated(site: Site) -> Site:
    """The site without stated addresses."""
    tenants = tuple(
        msgspec.structs.replace(one, data_paths=tuple(DataPath(path.name, path.storage) for path in one.data_paths))
        for one in site.tenants
    )
    return msgspec.structs.replace(site, tenants=tenants)


def finding(verdicts: list[Verdict]) -> Finding:
    (found,) = (one for one in verdicts if isinstance(one, Finding))
    return found


RESOLVES = [
    pytest.param({"10.77.11.1": [HERS], "10.77.0.20": [HERS]}, ["fine"], id="an address everywhere"),
    pytest.param({"10.77.11.1": "NXDOMAIN"}, ["dns.resolves/no-such-name"], id="no such name"),
    pytest.param(
        {"10.77.11.1": "NXDOMAIN", "10.77.0.20": "NXDOMAIN", "10.77.0.10": [HERS]},
        ["dns.resolves/no-such-name"],
        id="one finding for all servers that do not know it",
    ),
    pytest.param({"10.77.11.1": []}, ["dns.resolves/no-address"], id="a name without address"),
    pytest.param(
        {"10.77.11.1": [], "10.77.0.20": "NXDOMAIN"},
        ["dns.resolves/no-such-name"],
        id="a forwarder that loses the NXDOMAIN",
    ),
    pytest.param(
        {"10.77.11.1": "SERVFAIL", "10.77.0.20": "NXDOMAIN"},
        ["dns.resolves/no-such-name", "dns.resolves/no-address"],
        id="two causes",
    ),
    pytest.param({"10.77.11.1": "SERVFAIL"}, ["dns.resolves/no-address"], id="a server that fails"),
    pytest.param(
        {"10.77.11.1": DnsAnswer("NOERROR", aliases=("gone.tintri.com",))},
        ["dns.resolves/no-address"],
        id="an alias that leads nowhere",
    ),
    pytest.param({"10.77.11.1": None}, ["unknown"], id="silence"),
    pytest.param(
        {"10.77.11.1": None, "10.77.0.20": "NXDOMAIN"},
        ["dns.resolves/no-such-name", "unknown"],
        id="silence beside a no",
    ),
    pytest.param({"10.77.11.1": None, "10.77.0.20": [HERS]}, ["unknown"], id="silence beside a yes"),
    pytest.param({}, ["unknown"], id="nobody to ask"),
]


@pytest.mark.parametrize(("answers", "codes"), RESOLVES)
def test_resolves(lines: Lines, answers: Answers, codes: list[str]) -> None:
    expected = [f"{code} alice {ALICE}" for code in codes]
    assert lines("dns.resolves", names(answers)) == [*expected, BOB_UNKNOWN]


def test_resolves_names_the_servers_and_the_command(judged: Judged) -> None:
    told = names({"10.77.11.1": "NXDOMAIN", "10.77.0.20": "NXDOMAIN", "10.77.0.10": [HERS]})
    found = finding(judged("dns.resolves", told))
    assert found.values["found"] == "NXDOMAIN at 10.77.11.1, 10.77.0.20"
    added = "Add-DnsServerResourceRecordA -ZoneName tintri.com -Name vmstore-alice -IPv4Address 10.77.11.30"
    assert f"{added} -ComputerName 10.77.0.20;" in found.remedy


def test_an_ipv6_address_is_an_address(lines: Lines) -> None:
    only_six = NameAnswers(
        (
            NameAnswer("alice", ALICE, "A", "10.77.11.1", silence("10.77.11.1")),
            NameAnswer("alice", ALICE, "AAAA", "10.77.11.1", said(DnsAnswer("NOERROR", ("fd00::30",)), "10.77.11.1")),
        )
    )
    assert lines("dns.resolves", only_six)[0] == f"fine alice {ALICE}"


ADDRESS = [
    pytest.param({"s": [HERS]}, ["fine"], id="the stated address"),
    pytest.param({"s": [HERS, HIS]}, ["dns.address/round-robin"], id="another tenant's beside it"),
    pytest.param({"s": [HERS, NOBODYS]}, ["dns.address/round-robin"], id="nobody's beside it"),
    pytest.param({"s": [HERS, HERS_TOO]}, ["dns.address/wrong-address"], id="two of the tenant's network"),
    pytest.param({"s": [HERS_TOO]}, ["dns.address/wrong-address"], id="another of the tenant's network"),
    pytest.param({"s": [HIS]}, ["dns.address/wrong-address"], id="another tenant's"),
    pytest.param({"s": [NOBODYS]}, ["dns.address/outside-network"], id="nobody's"),
    pytest.param(
        {"s": [HERS, HIS], "t": [HIS, HERS], "u": [HERS]},
        ["dns.address/round-robin"],
        id="one finding however many servers say it",
    ),
    pytest.param(
        {"s": [HERS, HIS], "t": [NOBODYS]},
        ["dns.address/round-robin", "dns.address/outside-network"],
        id="one finding a fault",
    ),
    pytest.param({"s": "NXDOMAIN"}, ["unknown"], id="no such name is another check's"),
    pytest.param({"s": None}, ["unknown"], id="silence"),
    pytest.param({"s": None, "t": [HERS]}, ["fine"], id="silence beside an address"),
    pytest.param({}, ["unknown"], id="nobody to ask"),
]


@pytest.mark.parametrize(("answers", "codes"), ADDRESS)
def test_address(lines: Lines, answers: Answers, codes: list[str]) -> None:
    expected = [f"{code} alice {ALICE}" for code in codes]
    assert lines("dns.address", names(answers)) == [*expected, BOB_UNKNOWN]


def test_address_without_a_stated_one_has_to_be_in_the_tenants_network(lines: Lines, site: Site) -> None:
    free = unstated(site)
    assert lines("dns.address", names({"s": [HERS_TOO]}), of=free)[0] == f"fine alice {ALICE}"
    assert lines("dns.address", names({"s": [HIS]}), of=free)[0] == f"dns.address/wrong-address alice {ALICE}"


def test_without_stated_networks_only_another_tenants_address_is_wrong(lines: Lines, site: Site) -> None:
    alice = msgspec.structs.replace(unstated(site).tenants[0], networks=())
    free = msgspec.structs.replace(site, tenants=(alice, site.tenants[1]))
    assert lines("dns.address", names({"s": [NOBODYS]}), of=free)[0] == f"fine alice {ALICE}"
    assert lines("dns.address", names({"s": [HIS]}), of=free)[0] == f"dns.address/wrong-address alice {ALICE}"


def test_round_robin_says_how_often_a_host_fails(judged: Judged) -> None:
    found = finding(judged("dns.address", names({"10.77.0.20": [HERS, HIS, NOBODYS]})))
    assert (found.values["k"], found.values["n"]) == ("2", "3")
    assert found.values["whose"] == ("10.77.12.30 (bob's network)", "10.9.9.9 (in no stated network)")
    assert found.values["found"] == "10.77.11.30, 10.77.12.30, 10.9.9.9 at 10.77.0.20"
    assert found.remedy.startswith(
        "Remove-DnsServerResourceRecord -ZoneName tintri.com -RRType A -Name vmstore-alice "
        "-RecordData 10.77.12.30 -ComputerName 10.77.0.20 -Force; Remove-DnsServerResourceRecord"
    )


AGREE = [
    pytest.param({"s": [HERS], "t": [HERS]}, ["fine"], id="the same"),
    pytest.param({"s": [HERS, HIS], "t": [HIS, HERS]}, ["fine"], id="the same in another order"),
    pytest.param({"s": [HERS], "t": [HIS], "u": [HERS]}, ["dns.agree/servers-differ"], id="different"),
    pytest.param({"s": [HERS], "t": [HERS], "u": None}, ["fine"], id="two agree, one is silent"),
    pytest.param({"s": [HERS], "t": None}, ["unknown"], id="one of two is silent"),
    pytest.param({"s": [HERS]}, ["fine"], id="a single server agrees with itself"),
    pytest.param({"s": [HERS], "t": "NXDOMAIN"}, ["unknown"], id="no such name is another check's"),
    pytest.param({"s": "NXDOMAIN", "t": "NXDOMAIN"}, ["unknown"], id="known to nobody"),
    pytest.param({"s": None}, ["unknown"], id="silence"),
    pytest.param({}, ["unknown"], id="nobody to ask"),
]


@pytest.mark.parametrize(("answers", "codes"), AGREE)
def test_agree(lines: Lines, answers: Answers, codes: list[str]) -> None:
    expected = [f"{code} alice {ALICE}" for code in codes]
    assert lines("dns.agree", names(answers)) == [*expected, BOB_UNKNOWN]


def test_views_of_different_tenants_are_noted(lines: Lines, judged: Judged) -> None:
    told = both(names({"10.77.11.1": [HERS]}), names({"10.77.12.1": [HIS]}, "bob"))
    assert f"dns.agree/split-view - {ALICE}" in lines("dns.agree", told)
    assert finding(judged("dns.agree", told)).values["found"] == (
        f"alice gets {HERS} from 10.77.11.1; bob gets {HIS} from 10.77.12.1"
    )


def test_tenants_that_see_the_same_have_no_views(lines: Lines) -> None:
    told = both(names({"10.77.11.1": [HERS]}), names({"10.77.12.1": [HERS]}, "bob"))
    assert not [one for one in lines("dns.agree", told) if "split-view" in one]


def test_servers_that_differ_are_no_views(lines: Lines) -> None:
    told = both(names({"10.77.11.1": [HERS], "10.77.0.20": [HIS]}), names({"10.77.12.1": [HIS]}, "bob"))
    assert lines("dns.agree", told) == [f"dns.agree/servers-differ alice {ALICE}", BOB_UNKNOWN]


def test_the_same_question_asked_twice_is_no_contradiction(lines: Lines) -> None:
    twice = both(names({"s": None, "t": [HERS]}), names({"s": [HERS], "t": [HERS]}))
    assert lines("dns.agree", twice) == [f"fine alice {ALICE}", BOB_UNKNOWN]
    assert lines("dns.resolves", twice) == [f"fine alice {ALICE}", BOB_UNKNOWN]


def registered(*holders: str, domain: str = "tintri.com", form: str = f"cifs/{ALICE}") -> Directories:
    accounts = Accounts(tuple(Account(dn, dn, "S-1-5-21-1") for dn in holders))
    answer = Observed(accounts, f"who has {form}", AT, "station")
    return Directories(spns=(SpnAnswer(domain, "tidc", f"cifs/{ALICE}", form, answer),))


def not_told() -> Directories:
    gap = Unobserved(Gap.NO_CREDENTIALS, "the site names no secret", "who has it", AT, "station")
    return Directories(spns=(SpnAnswer("tintri.com", "tidc", f"cifs/{ALICE}", f"cifs/{ALICE}", gap),))


AN_ALIAS = {"s": DnsAnswer("NOERROR", (HERS,), aliases=("vmstore.tintri.com",))}
ALIASES = [
    pytest.param({"s": [HERS]}, Directories(), "fine", id="an address record"),
    pytest.param(AN_ALIAS, registered("CN=VMSTORE"), "dns.alias/alias", id="an alias with an SPN"),
    pytest.param(AN_ALIAS, registered(), "dns.alias/alias-without-spn", id="an alias without one"),
    pytest.param(AN_ALIAS, registered(domain="vmlevel.com"), "unknown", id="not in the hosts' domain"),
    pytest.param(
        AN_ALIAS, registered("CN=VMSTORE", form="HOST/vmstore-alice.tintri.com"), "unknown", id="another form"
    ),
    pytest.param(AN_ALIAS, not_told(), "unknown", id="an unknown directory"),
    pytest.param(
        {"s": DnsAnswer("NOERROR", aliases=("gone.tintri.com",))},
        registered(),
        "dns.alias/alias-without-spn",
        id="an alias that leads nowhere",
    ),
    pytest.param({"s": "NXDOMAIN"}, registered(), "unknown", id="no such name"),
    pytest.param({"s": None}, registered(), "unknown", id="silence"),
    pytest.param({}, registered(), "unknown", id="nobody to ask"),
]


@pytest.mark.parametrize(("answers", "directories", "code"), ALIASES)
def test_alias(lines: Lines, answers: Answers, directories: Directories, code: str) -> None:
    assert lines("dns.alias", names(answers), directories) == [f"{code} alice {ALICE}", BOB_UNKNOWN]


def reverse(answers: Mapping[str, Sequence[str] | None]) -> NameAnswers:
    """By name server: names, or an rcode, or silence."""
    found = []
    for server, one in answers.items():
        seen: Observation[DnsAnswer] = silence(server)
        if isinstance(one, str):
            seen = said(DnsAnswer(one), server)
        elif one is not None:
            seen = said(DnsAnswer("NOERROR", names=tuple(one)), server)
        found.append(ReverseAnswer("alice", ALICE, HERS, server, seen))
    return NameAnswers((), tuple(found))


REVERSE = [
    pytest.param({"s": [ALICE], "t": [ALICE]}, "fine", id="the name"),
    pytest.param({"s": ["vmstore.tintri.com"]}, "dns.reverse/reverse-differs", id="another name"),
    pytest.param({"s": [ALICE, "vmstore.tintri.com"]}, "dns.reverse/reverse-differs", id="two names"),
    pytest.param({"s": "NXDOMAIN"}, "dns.reverse/reverse-differs", id="no name"),
    pytest.param({"s": [ALICE], "t": []}, "dns.reverse/reverse-differs", id="none at one server"),
    pytest.param({"s": "REFUSED"}, "unknown", id="a server that refuses"),
    pytest.param({"s": None}, "unknown", id="silence"),
    pytest.param({"s": None, "t": [ALICE]}, "fine", id="silence beside the name"),
    pytest.param({}, "unknown", id="nobody to ask"),
]


@pytest.mark.parametrize(("answers", "code"), REVERSE)
def test_reverse(lines: Lines, answers: Mapping[str, Sequence[str] | None], code: str) -> None:
    assert lines("dns.reverse", reverse(answers)) == [f"{code} alice {ALICE}", BOB_UNKNOWN]


def test_reverse_says_what_it_found_and_the_command(judged: Judged) -> None:
    found = finding(judged("dns.reverse", reverse({"10.77.11.1": "NXDOMAIN"})))
    assert (found.values["address"], found.values["found"]) == (HERS, "no name at 10.77.11.1")
    assert "Add-DnsServerResourceRecordPtr -ZoneName 11.77.10.in-addr.arpa -Name 30 " in found.remedy


def test_reverse_leaves_other_tenants_addresses_alone(lines: Lines, site: Site) -> None:
    told = both(names({"s": [HIS]}), reverse({"s": ["vmstore-bob.tintri.com"]}))
    assert lines("dns.reverse", told, of=unstated(site))[0] == f"unknown alice {ALICE}"


@pytest.mark.parametrize("check", ["dns.resolves", "dns.address", "dns.agree", "dns.reverse"])
def test_an_address_typed_for_a_name_has_no_dns(lines: Lines, site: Site, check: str) -> None:
    alice = msgspec.structs.replace(site.tenants[0], data_paths=(DataPath(HERS, "vmstore"),))
    only = msgspec.structs.replace(site, tenants=(alice,))
    assert lines(check, NameAnswers(), of=only) == []


def test_why_a_tenant_was_not_asked_for_is_said(judged: Judged) -> None:
    bob = judged("dns.resolves", names({"s": [HERS]}))[1]
    assert bob.because == ("no leg on VLAN 12",)
