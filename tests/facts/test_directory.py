"""Content of directories: the domain of an entry, the first answer, and lookups that ignore letter case."""

from __future__ import annotations

import pytest

from krbcheck.facts.directory import (
    CATALOGUE,
    Account,
    AccountAnswer,
    Accounts,
    Directories,
    GroupAnswer,
    GroupMembers,
    SpnAnswer,
    Trust,
    Trusts,
    domain_of,
    first_seen,
)
from tests.support.observing import observed, silence

HOST = Account("CN=alice-hv01,OU=Hosts,DC=vmlevel,DC=com", "alice-hv01$", "S-1-5-21-1-1-1-1104")


@pytest.mark.parametrize(
    ("dn", "domain"),
    [
        ("CN=alice-hv01,OU=Hosts,DC=vmlevel,DC=com", "vmlevel.com"),
        ("CN=alice-hv01, OU=Hosts, DC=VMLEVEL, DC=COM", "vmlevel.com"),
        ("DC=host,DC=zone,CN=MicrosoftDNS,DC=DomainDnsZones,DC=tintri,DC=com", "domaindnszones.tintri.com"),
        ("CN=alice-hv01", "asked.com"),
        ("", "asked.com"),
    ],
)
def test_the_domain_of_an_entry_is_the_end_of_its_name(dn: str, domain: str) -> None:
    assert domain_of(Account(dn, "", ""), "asked.com") == domain


def test_an_answer_comes_before_a_query_without_one() -> None:
    none, answer = silence(), observed(Accounts((HOST,)))
    assert first_seen((none, answer, observed(Accounts()))) is answer
    assert first_seen((none, silence("later"))) is none
    assert first_seen(()) is None


@pytest.mark.parametrize(("uac", "disabled"), [(0x1000, False), (0x1002, True)])
def test_an_account_is_disabled_by_one_bit(uac: int, disabled: bool) -> None:
    """MS-ADTS 2.2.16: 0x2 is ADS_UF_ACCOUNT_DISABLE, 0x1000 the type of a computer."""
    assert Account(HOST.dn, HOST.sam, HOST.sid, uac=uac).disabled is disabled


def test_accounts_and_groups_are_found_whatever_their_letter_case() -> None:
    first = AccountAnswer("vmlevel.com", "vmdc1", "alice-hv01$@VMLEVEL.COM", silence())
    second = AccountAnswer("vmlevel.com", "vmdc2", "alice-hv01$@VMLEVEL.COM", observed(Accounts((HOST,))))
    group = GroupAnswer("vmlevel.com", "vmdc1", "VMLEVEL\\Hyper-V Hosts", observed(GroupMembers("S-1")))
    directories = Directories(accounts=(first, second), groups=(group,))
    assert directories.answers_about("ALICE-HV01$@vmlevel.com") == [first, second]
    assert directories.account("Alice-HV01$@VMLEVEL.COM") is second.seen
    assert directories.group("vmlevel\\hyper-v hosts") is group.seen
    assert directories.account("bob-hv01$@VMLEVEL.COM") is None


def test_a_query_of_a_global_catalog_is_known_by_its_controller() -> None:
    assert SpnAnswer("tintri.com", f"tidc{CATALOGUE}", "cifs/a", "cifs/a", silence()).by_catalogue
    assert not SpnAnswer("tintri.com", "tidc", "cifs/a", "cifs/a", silence()).by_catalogue


def test_no_entry_is_an_answer() -> None:
    assert Accounts().summary() == "no such object"
    assert Trusts().summary() == "no trusts"
    assert GroupMembers("").summary() == "no such group"
    assert GroupMembers("S-1", ("S-2", "S-3")).summary() == "2 members"
    assert Trusts((Trust("tintri.com", "TINTRI", "S-1", 3, 2, 0),)).summary() == "tintri.com (direction 3)"
