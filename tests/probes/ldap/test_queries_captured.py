"""Searches of the lab's directory again: Samba's answers under a key of this run, whole, refused and damaged."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.windows.descriptor import descriptor
from tests.support.captures import replayed
from tests.support.ldap_captured import message, numbered
from tests.support.ldap_faults import Serve, nothing_is_believed, whole
from tests.support.ldap_replay import LdapReplay, done

INSUFFICIENT_ACCESS = 50
ACCOUNT = 1


def values(entry: Any, attribute: str) -> list[bytes]:
    return [b64decode(value) for value in entry[1][attribute]]


def test_each_search_has_its_entries(serve: Serve) -> None:
    accounts, domains, nowhere, sites = whole(serve, "searches")
    ((dn, _),) = accounts
    assert dn == "CN=alice-hv01,OU=Hosts,DC=vmlevel,DC=com"
    assert values(accounts[0], "serviceprincipalname") == [b"HOST/alice-hv01", b"HOST/alice-hv01.vmlevel.com"]
    assert [dn for dn, _ in domains] == ["DC=vmlevel,DC=com"]
    assert nowhere == [], "noSuchObject is no entry"
    assert [values(site, "cn") for site in sites] == [[b"Default-First-Site-Name"]]


def test_of_a_descriptor_the_dacl_alone_is_read(serve: Serve) -> None:
    ((raw,),) = [values(entry, "ntsecuritydescriptor") for entry in whole(serve, "searches")[1]]
    read = descriptor(raw)
    assert read is not None
    assert (read.owner, read.group, read.audits) == ("", "", False)
    assert read.dacl


def test_a_search_that_is_denied_is_not_an_empty_result(serve: Serve) -> None:
    def denies(_: LdapReplay, data: bytes) -> bytes:
        return message(numbered(data)[0], done(INSUFFICIENT_ACCESS, b"00002098"))

    with pytest.raises(NoAnswer, match=r"insufficientAccessRights \(50\)") as none:
        replayed("searches", serve(LdapReplay("searches", at=ACCOUNT, spoil=denies)))
    assert none.value.gap is Gap.NOT_ALLOWED


def test_a_damaged_answer_ends_it_without_a_result(serve: Serve) -> None:
    nothing_is_believed(serve, "searches", 5)
