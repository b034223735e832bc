"""The address at which a data path is queried: stated, else that of the tenant's name servers, else none."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.smb.data_paths import SMB, targets
from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers
from krbcheck.facts.observation import Gap, Observed
from krbcheck.site.stated import DataPath, Site
from tests.support import names

AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH = "vmstore-alice.tintri.com"
HERE = ThisHost("station", {"alice": SourceAddress("alice", "10.77.11.9"), "bob": SourceAddress("bob", "", "no leg")})
site = names.site


def answered(*addresses: str, tenant: str = "alice", name: str = PATH) -> NameAnswers:
    said = Observed(DnsAnswer("NOERROR", addresses=addresses), "A", AT, tenant)
    return NameAnswers((NameAnswer(tenant, name, "A", "10.77.11.1", said),))


def of_alice(site: Site, path: DataPath) -> Site:
    alice = msgspec.structs.replace(site.tenants[0], data_paths=(path,))
    return msgspec.structs.replace(site, tenants=(alice, *site.tenants[1:]))


@pytest.mark.parametrize(
    ("path", "found", "expected"),
    [
        pytest.param(DataPath(PATH, "vmstore", "10.77.11.30"), answered("10.9.9.9"), "10.77.11.30", id="stated"),
        pytest.param(DataPath(PATH, "vmstore"), answered("10.77.11.31", "10.77.11.32"), "10.77.11.31", id="resolved"),
        pytest.param(DataPath("10.77.11.33", "vmstore"), NameAnswers(), "10.77.11.33", id="an-address"),
        pytest.param(DataPath("[fd00::9]", "vmstore"), NameAnswers(), "fd00::9", id="an-address-of-ipv6"),
        pytest.param(DataPath(PATH, "vmstore"), answered("10.1.1.1", tenant="bob"), "", id="of-another-tenant"),
        pytest.param(DataPath(PATH, "vmstore"), answered("10.1.1.1", name="x.test"), "", id="of-another-name"),
        pytest.param(DataPath(PATH, "vmstore"), answered(), "", id="none"),
    ],
)
def test_a_data_path_is_queried_at_one_address(site: Site, path: DataPath, found: NameAnswers, expected: str) -> None:
    target = targets(of_alice(site, path), HERE, found)[0]
    assert (target.tenant.name, target.address, target.source) == ("alice", expected, "10.77.11.9")


@pytest.mark.parametrize(
    ("stated", "found", "expected"),
    [
        ("", ("fd00::30", "10.77.11.31"), ("10.77.11.31", "10.77.11.9")),
        ("fd00:11::30", (), ("fd00:11::30", "fd00:11::9")),
    ],
)
def test_the_source_is_of_the_family_of_the_address(
    site: Site, stated: str, found: tuple[str, ...], expected: tuple[str, str]
) -> None:
    alice = SourceAddress("alice", "10.77.11.9", beside="fd00:11::9" if stated else "")
    here = ThisHost("station", {**HERE.sources, "alice": alice})
    target = targets(of_alice(site, DataPath(PATH, "vmstore", stated)), here, answered(*found))[0]
    assert (target.address, target.source) == expected


def test_a_storage_is_a_server_for_each_tenant_and_protocol(site: Site) -> None:
    (target, *_) = targets(site, HERE, NameAnswers())
    assert (target.server.address, target.server.port) == ("10.77.11.30", SMB)
    assert target.server != target.serving("rpc")
    assert target.server == target.serving("smb")


def test_a_query_without_an_address_is_not_sent_and_says_why(site: Site) -> None:
    (target, *_) = targets(of_alice(site, DataPath(PATH, "vmstore")), HERE, NameAnswers())
    none = target.no_address("session")
    assert none.gap is Gap.NAME_UNKNOWN
    assert PATH in none.detail
    assert none.asked == f"session at {PATH}"
