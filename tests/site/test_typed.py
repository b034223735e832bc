"""What people type for an account, a service or a path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis.strategies import text

from fixtures.scenarios import site_of
from krbcheck.site.typed import UncPath, accounts, domain_called, matching, service_name, unc_path

SITE = site_of("healthy")
NAMES = [principal.name for _, principal in SITE.principals()]


@pytest.mark.parametrize(
    "typed",
    [
        r"\\vmstore-alice.tintri.com\AliceVMs",
        r"\\VMSTORE-ALICE.tintri.com.\AliceVMs\vm1\disk.vhdx",
        r"\\?\UNC\vmstore-alice.tintri.com\AliceVMs",
        "//vmstore-alice.tintri.com/AliceVMs",
        "smb://vmstore-alice.tintri.com/AliceVMs/",
        r"'\\vmstore-alice.tintri.com\AliceVMs'",
    ],
)
def test_a_unc_path_has_a_server_and_a_share(typed: str) -> None:
    assert unc_path(typed) == UncPath("vmstore-alice.tintri.com", "AliceVMs")


@pytest.mark.parametrize("typed", ["", "vmstore", "cifs/vmstore.tintri.com", r"VMLEVEL\alice", r"C:\VMs", "a@B", r"\\"])
def test_other_text_is_no_unc_path(typed: str) -> None:
    assert unc_path(typed) is None


def test_a_server_alone_is_a_path_without_a_share() -> None:
    assert unc_path(r"\\vmstore.tintri.com") == UncPath("vmstore.tintri.com", "")


@pytest.mark.parametrize(
    ("typed", "service"),
    [
        (r"\\nas.tintri.com\x", "cifs/nas.tintri.com"),
        (r"\\nas\x", "cifs/nas"),
        ("nas.tintri.com", "cifs/nas.tintri.com"),
        ("HOST/nas.tintri.com", "HOST/nas.tintri.com"),
        ("cifs/nas.tintri.com@TINTRI.COM", "cifs/nas.tintri.com"),
        (r"\\10.77.11.30\x", ""),
        ("10.77.11.30", ""),
        ("nas", ""),
        ("", ""),
    ],
)
def test_a_service_is_what_windows_requests(typed: str, service: str) -> None:
    assert service_name(typed) == service


@pytest.mark.parametrize(
    "typed",
    [
        "alice-hv01$@VMLEVEL.COM",
        "ALICE-HV01$@vmlevel.com",
        "alice-hv01@VMLEVEL",
        r"VMLEVEL\alice-hv01$",
        r"vmlevel.com\alice-hv01",
        "alice-hv01",
        "alice-hv01$",
        "Alice-HV01.vmlevel.com",
        "host/alice-hv01.vmlevel.com",
    ],
)
def test_an_account_is_found_in_every_form(typed: str) -> None:
    assert matching(typed, NAMES, SITE) == ["alice-hv01$@VMLEVEL.COM"]


@pytest.mark.parametrize(
    "typed", ["", "alice", r"TINTRI\alice-hv01$", "alice-hv01.tintri.com", "alice-hv01$@OTHER", "\\"]
)
def test_what_is_not_stated_is_not_found(typed: str) -> None:
    assert matching(typed, NAMES, SITE) == []


def test_a_name_with_its_dollar_is_before_one_without() -> None:
    names = ["backup@A.COM", "backup$@A.COM"]
    assert matching("backup", names, SITE) == ["backup@A.COM"]
    assert matching("backup$", names, SITE) == ["backup$@A.COM"]
    assert matching("backup", ["backup$@A.COM", "backup$@B.COM"], SITE) == ["backup$@A.COM", "backup$@B.COM"]


def test_the_accounts_of_the_site_are_those_that_it_states_anywhere() -> None:
    stated = list(accounts(SITE))
    for name in (
        "alice-hv01$@VMLEVEL.COM",
        "backup-hv01$@VMLEVEL.COM",
        "krbcheck@TINTRI.COM",
        "VMSTORE$@TINTRI.COM",
        "Domain Admins@TINTRI.COM",
        "Alice Admins@VMLEVEL.COM",
    ):
        assert name in stated


def test_a_domain_is_known_by_its_netbios_name() -> None:
    for name in ("VMLEVEL", "vmlevel.com", "VMLEVEL.COM"):
        domain = domain_called(name, SITE)
        assert domain is not None
        assert domain.name == "vmlevel.com"
    assert domain_called("OTHER", SITE) is None
    assert domain_called("", SITE) is None


@given(text(max_size=40))
def test_any_text_is_read_without_a_crash(typed: str) -> None:
    assert isinstance(matching(typed, NAMES, SITE), list)
    path = unc_path(typed)
    assert path is None or path.server
    service = service_name(typed)
    assert not service or "/" in service
