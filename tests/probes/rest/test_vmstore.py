"""What a VMstore replies is read as it is, in each form that the public reference leaves open."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from fixtures.vmstore.contents import AES, API, FIRMWARE, OLD_API, OLD_FIRMWARE, Account, Misbehavior, Switches
from fixtures.vmstore.sample import ADMINISTRATORS, BACKUP_HOSTS, FULL, PASSWORD, SAMPLE, TINTRI, VMLEVEL
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.vmstore import (
    FULL_CONTROL,
    Acl,
    AclEntry,
    Appliance,
    ApplianceAddress,
    ApplianceAddresses,
    ExternalGroup,
    ExternalGroups,
    FileShare,
    FileShares,
    KerberosEncryption,
    LocalAccount,
    LocalAccounts,
    LoggedIn,
    RestApi,
    RestRefusal,
    Role,
    RoleGroup,
    Roles,
    SessionIdentity,
    SmbSettings,
)
from tests.support.vmstore import Peers

READABLE = {
    "/session/current", "/appliance/default/info", "/appliance/default/ips", "/datastore/default/smbSettings",
    "/datastore/default/fileShare", "/datastore/default/fileShare/AliceVMs/acl",
    "/datastore/default/fileShare/BobVMs/acl", "/role", "/userAccount", "/internal/admin/systemProperty",
}  # fmt: skip


def lacking(answer: object) -> NoAnswer:
    assert isinstance(answer, NoAnswer)
    return answer


def super_admin(roles: object) -> Role:
    assert isinstance(roles, Roles)
    (role,) = (role for role in roles.roles if role.is_super_admin)
    return role


def test_everything_that_a_reader_may_see_is_read(vmstore: Peers) -> None:
    with vmstore.serving() as peer:
        seen = peer.read()
    assert seen.api == RestApi("Tintri VMstore", API, ("v310.1", API))
    assert seen.login == LoggedIn("READ ONLY")
    assert seen.session == SessionIdentity("krbcheck", ("Read Only",), "LOCAL")
    assert seen.appliance == Appliance("T850", FIRMWARE)
    assert seen.addresses == ApplianceAddresses(
        (
            ApplianceAddress("admin", "10.77.0.40", 24, 0),
            ApplianceAddress("data", "10.77.11.30", 24, 11),
            ApplianceAddress("data", "10.77.12.30", 24, 12),
        )
    )
    assert seen.smb_settings == SmbSettings("tintri.com", "vmstore.tintri.com", f"{TINTRI}-1104")
    assert seen.encryption_types == KerberosEncryption(AES)
    assert seen.shares == FileShares(
        tuple(FileShare(name, rf"\\vmstore.tintri.com\{name}", "REALSTORE", False) for name in ("AliceVMs", "BobVMs"))
    )
    administrators = AclEntry(ADMINISTRATORS.name, ADMINISTRATORS.sid, FULL_CONTROL, FULL)
    assert seen.acls == (
        ("AliceVMs", Acl((AclEntry(r"VMLEVEL\Alice Hosts", f"{VMLEVEL}-1111", FULL_CONTROL, FULL), administrators))),
        ("BobVMs", Acl((AclEntry(r"VMLEVEL\Bob Hosts", f"{VMLEVEL}-1112", FULL_CONTROL, FULL), administrators))),
    )
    assert isinstance(seen.roles, Roles)
    assert [(role.id, role.name, role.kind) for role in seen.roles.roles] == [
        ("1", "Admin", "AdminRole"),
        ("2", "System Admin", "SystemAdminRole"),
        ("3", "Read Only", "ReadOnlyRole"),
        ("4", "Service Account", "ServiceAccountRole"),
    ]
    assert super_admin(seen.roles).groups == (RoleGroup((BACKUP_HOSTS.sid,)), RoleGroup((ADMINISTRATORS.sid,)))
    assert seen.external_groups == ExternalGroups()
    assert seen.local_accounts == LocalAccounts(
        (LocalAccount("krbcheck", ("Read Only",)), LocalAccount("admin", ("Admin",)))
    )


def test_nothing_is_sent_but_get_beside_one_login_and_one_logout(vmstore: Peers) -> None:
    with vmstore.serving() as peer:
        peer.read()
        requests = [(request.method, request.path) for request in peer.requests]
        clients = {request.client for request in peer.requests}
        sessions = peer.simulator.sessions
    assert requests[0] == ("GET", "/api/info")
    assert requests[1] == ("POST", "/api/v310/session/login")
    assert requests[-1] == ("POST", "/api/v310/session/logout")
    assert {method for method, _ in requests[2:-1]} == {"GET"}
    assert {path.removeprefix("/api/v310") for _, path in requests[2:-1]} == READABLE
    assert clients == {"krbcheck"}
    assert sessions == {}


def test_old_firmware_has_older_forms(vmstore: Peers) -> None:
    old = msgspec.structs.replace(SAMPLE, os_version=OLD_FIRMWARE, api_version=OLD_API)
    switches = Switches(addresses="netmask", session_path=False, encryption_types="absent")
    with vmstore.serving(contents=old, switches=switches) as peer:
        seen = peer.read()
    assert isinstance(seen.appliance, Appliance)
    assert seen.appliance.firmware == (4, 3, 2, 1)
    assert isinstance(seen.addresses, ApplianceAddresses)
    assert [(entry.address, entry.prefix) for entry in seen.addresses.of("data")] == [
        ("10.77.11.30", 24),
        ("10.77.12.30", 24),
    ]
    absent = RestRefusal(404, "ERR-API-8001", "Not found")
    assert (seen.session, seen.encryption_types) == (absent, absent)


@pytest.mark.parametrize(
    ("form", "texts"),
    [
        ("sid", [(BACKUP_HOSTS.sid,), (ADMINISTRATORS.sid,)]),
        ("name", [(BACKUP_HOSTS.name,), (ADMINISTRATORS.name,)]),
        ("dn", [(BACKUP_HOSTS.dn,), (ADMINISTRATORS.dn,)]),
        ("object", [("11", BACKUP_HOSTS.name), ("12", ADMINISTRATORS.name)]),
        ("id", [("11",), ("12",)]),
    ],
)
def test_the_groups_of_a_role_are_read_in_each_form(
    vmstore: Peers, form: str, texts: Sequence[tuple[str, ...]]
) -> None:
    with vmstore.serving(switches=msgspec.convert({"groups": form}, Switches)) as peer:
        seen = peer.read()
        listed = peer.count("/role/external")
    assert super_admin(seen.roles).groups == tuple(RoleGroup(entry) for entry in texts)
    assert listed == (form == "id"), "the directory's groups are listed only if an id alone refers to them"
    if form == "id":
        assert isinstance(seen.external_groups, ExternalGroups)
        listed_texts = ("11", BACKUP_HOSTS.dn, BACKUP_HOSTS.name, BACKUP_HOSTS.sid)
        assert seen.external_groups.groups[0] == ExternalGroup("11", listed_texts)
        assert seen.external_groups.texts(RoleGroup(("11",))) == listed_texts


@pytest.mark.parametrize("name", ["Admin", "Super Admin", "SuperAdmin", "ADMIN"])
def test_the_role_with_all_rights_is_known_by_its_class_or_its_name(vmstore: Peers, name: str) -> None:
    for types in ("own", "general"):
        switches = msgspec.convert({"role_types": types, "super_admin": name, "role_list": "page"}, Switches)
        with vmstore.serving(switches=switches) as peer:
            assert super_admin(peer.read().roles).id == "1"


@pytest.mark.parametrize("form", ["object", "number", "text"])
def test_encryption_types_are_read_in_each_form(vmstore: Peers, form: str) -> None:
    with vmstore.serving(switches=msgspec.convert({"encryption_types": form}, Switches)) as peer:
        assert peer.read().encryption_types == KerberosEncryption(AES)


@pytest.mark.parametrize("status", [401, 403])
def test_a_read_only_account_that_may_not_see_roles_gets_refusals_and_no_second_login(
    vmstore: Peers, status: int
) -> None:
    wanted = {"roles_of_read_only": status, "acls_of_read_only": status}
    with vmstore.serving(switches=msgspec.convert(wanted, Switches)) as peer:
        seen = peer.read()
        logins = peer.count("/session/login")
    assert isinstance(seen.roles, RestRefusal)
    assert seen.roles.status == status
    assert [type(acl) for _, acl in seen.acls] == [RestRefusal, RestRefusal]
    assert lacking(seen.external_groups).gap is Gap.NEEDS_OTHER
    assert isinstance(seen.shares, FileShares)
    assert logins == 1


def test_a_list_without_groups_is_not_an_empty_one(vmstore: Peers) -> None:
    with vmstore.serving(switches=Switches(groups_of_read_only=False)) as peer:
        assert super_admin(peer.read().roles).groups is None


def test_a_list_that_is_cut_is_not_whole(vmstore: Peers) -> None:
    with vmstore.serving(Misbehavior("cut", "/api/v310/role")) as peer:
        seen = peer.read()
    assert isinstance(seen.roles, Roles)
    assert (len(seen.roles.roles), seen.roles.whole) == (1, False)
    assert seen.roles.summary() == "roles Admin (the list is not complete)"


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_wrong_password_is_sent_once_and_nothing_else_is_requested(vmstore: Peers, status: int) -> None:
    with vmstore.serving(switches=msgspec.convert({"bad_login": status}, Switches)) as peer:
        seen = peer.read(password="wrong")
        requests = [request.path for request in peer.requests]
    assert seen.login == RestRefusal(status, "ERR-API-0124", "Invalid credentials")
    assert requests == ["/api/info", "/api/v310/session/login"]
    assert lacking(seen.roles).gap is Gap.NEEDS_OTHER
    assert lacking(seen.roles).detail == f"no session: HTTP {status} ERR-API-0124: Invalid credentials"


def test_a_disabled_account_is_refused_as_a_wrong_password_is(vmstore: Peers) -> None:
    contents = msgspec.structs.replace(SAMPLE, accounts=(Account("krbcheck", PASSWORD, "3", disabled=True),))
    with vmstore.serving(contents=contents) as peer:
        assert peer.read().login == RestRefusal(403, "ERR-API-0124", "Invalid credentials")
