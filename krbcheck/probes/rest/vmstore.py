"""Reads a VMstore through its REST API v310: who we are, firmware, addresses, SMB settings, shares, roles, accounts.

Source: Tintri/tintri-rest-api. Nothing is sent but GET, and the POST of the login and the logout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote, urlencode

from krbcheck.credentials.wallet import Secret
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.vmstore import (
    ENCRYPTION_TYPES,
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
from krbcheck.probes.rest.connection import Connection
from krbcheck.probes.rest.leaving import Leave
from krbcheck.probes.rest.session import LOGOUT, LOGOUT_SECONDS, Session
from krbcheck.probes.rest.shapes import (
    Object,
    address,
    all_texts,
    an_object,
    flag,
    kind,
    number,
    text,
    texts,
    uuid,
    vlan,
)

T = TypeVar("T")
Answer: TypeAlias = T | RestRefusal | NoAnswer
"""What one request led to: the value, the refusal of the VMstore, or why there is no reply."""
INFO = "/api/info"


@dataclass(frozen=True)
class Reading:
    """What each request led to. `acls` has one entry for each share of `shares`."""

    api: Answer[RestApi]
    login: Answer[LoggedIn]
    session: Answer[SessionIdentity]
    appliance: Answer[Appliance]
    addresses: Answer[ApplianceAddresses]
    smb_settings: Answer[SmbSettings]
    encryption_types: Answer[KerberosEncryption]
    shares: Answer[FileShares]
    acls: tuple[tuple[str, Answer[Acl]], ...]
    roles: Answer[Roles]
    external_groups: Answer[ExternalGroups]
    local_accounts: Answer[LocalAccounts]


def read_vmstore(
    url: str, account: str, password: Secret, ca_file: str, seconds: float, leave: Leave | None = None
) -> Reading:
    """Returns what the VMstore at `url` replies to `account` within `seconds`, for all requests together.

    `ca_file` has the certificates of its authority in PEM; empty for the authorities of this host. The password is sent
    only to a server with a valid certificate that has answered as this API. A refusal is a reply; so is the lack of one
    after the login. Raises NoAnswer if the server does not answer the first request: TIMED_OUT, REFUSED, CLOSED,
    UNREACHABLE, NAME_UNKNOWN, NOT_HERE for a `ca_file` that cannot be used, or MALFORMED for a certificate that is not
    valid, for a TLS version before 1.2, and for a reply that is not JSON. `leave` ends the session early.
    """
    with Connection(url, ca_file, seconds) as connection, (leave or leaving()).of(connection):
        session = Session(connection, account, password)
        api = api_of(session)
        try:
            return _read(session, api, logged_in(session, api))
        finally:
            session.log_out()


def leaving() -> Leave:
    """Returns what ends the session of a reading that runs, if it is passed to it."""
    return Leave(LOGOUT, LOGOUT_SECONDS)


def api_of(session: Session) -> RestApi | RestRefusal:
    """Returns the product and the versions of the API; raises NoAnswer as `read_vmstore`."""
    value = session.get(INFO, root="")
    if isinstance(value, RestRefusal):
        return value
    found = an_object(value, "the version of the API")
    return RestApi(
        text(found.get("productName")), text(found.get("preferredVersion")), texts(found.get("supportedVersionSet"))
    )


def logged_in(session: Session, api: RestApi | RestRefusal) -> Answer[LoggedIn]:
    """Returns what the login led to; there is none if the server did not answer as this API."""
    if isinstance(api, RestRefusal):
        return NoAnswer(Gap.NEEDS_OTHER, f"no login, because {INFO} is answered with {api.summary()}")
    version = api.preferred_version if api.preferred_version.startswith("v310.") else ""
    return attempted(lambda: session.log_in(version))


def attempted(request: Callable[[], T | RestRefusal]) -> Answer[T]:
    """Returns what a request led to, the NoAnswer that it raises too."""
    try:
        return request()
    except NoAnswer as none:
        return none


class Requests:
    """The requests of a session; each is without an answer if the login failed."""

    def __init__(self, session: Session, login: Answer[LoggedIn]) -> None:
        self._session = session
        self._lack = lack_of(login)

    def value(self, path: str, parse: Callable[[Any], T]) -> Answer[T]:
        """Returns the parsed reply to a GET."""
        if self._lack is not None:
            return self._lack
        return attempted(lambda: _parsed(self._session.get(path), parse))

    def items(self, path: str, parse: Callable[[tuple[Any, ...], bool], T], **query: str | int) -> Answer[T]:
        """Returns the parsed entries of a list, and whether it is whole."""
        if self._lack is not None:
            return self._lack

        def request() -> T | RestRefusal:
            found = self._session.items(path, **query)
            return found if isinstance(found, RestRefusal) else parse(found.entries, found.whole)

        return attempted(request)


def lack_of(login: Answer[LoggedIn]) -> NoAnswer | None:
    """Returns why nothing can be requested; None after a login."""
    if isinstance(login, LoggedIn):
        return None
    why = login.summary() if isinstance(login, RestRefusal) else login.detail
    return NoAnswer(Gap.NEEDS_OTHER, f"no session: {why}")


def _parsed(value: Any, parse: Callable[[Any], T]) -> T | RestRefusal:
    return value if isinstance(value, RestRefusal) else parse(value)


def _read(session: Session, api: RestApi | RestRefusal, login: Answer[LoggedIn]) -> Reading:
    requests = Requests(session, login)
    identity = requests.value("/session/current", _identity)
    shares = requests.items("/datastore/default/fileShare", _shares)
    roles = requests.items("/role", _roles)
    return Reading(
        api=api,
        session=identity,
        appliance=requests.value("/appliance/default/info", _appliance),
        addresses=requests.items("/appliance/default/ips", _addresses),
        smb_settings=requests.value("/datastore/default/smbSettings", _smb_settings),
        encryption_types=requests.value(
            f"/internal/admin/systemProperty?{urlencode({'key': ENCRYPTION_TYPES})}", _encryption_types
        ),
        shares=shares,
        acls=tuple(_acls(requests, shares)),
        roles=roles,
        external_groups=_external_groups(requests, roles),
        local_accounts=requests.items("/userAccount", _accounts),
        login=session.logged_in or login,  # the last one: the session may have been opened again
    )


def _identity(value: Any) -> SessionIdentity:
    found = an_object(value, "the session")
    listed = found.get("roles")
    roles = listed if isinstance(listed, list) else []
    named = texts(roles) or tuple(text(role.get("roleName")) or kind(role) for role in roles if isinstance(role, dict))
    return SessionIdentity(text(found.get("userName")), named, text(found.get("authType")))


def _appliance(value: Any) -> Appliance:
    found = an_object(value, "the information about the appliance")
    return Appliance(text(found.get("modelName")), text(found.get("osVersion")))


def _addresses(entries: tuple[Any, ...], whole: bool) -> ApplianceAddresses:
    return ApplianceAddresses(tuple(_address(an_object(entry, "an address")) for entry in entries), whole)


def _address(entry: Object) -> ApplianceAddress:
    found, prefix = address(entry)
    return ApplianceAddress(
        text(entry.get("serviceType")), found, prefix, vlan(entry.get("vlanId")), text(entry.get("hostname"))
    )


def _smb_settings(value: Any) -> SmbSettings:
    found = an_object(value, "the SMB settings")
    return SmbSettings(
        text(found.get("dnsAuthenticationDomain")),
        text(found.get("smbDataPathHostname")),
        text(found.get("datastoreSid")),
        flag(found.get("encryptData")),
        flag(found.get("rejectUnencryptedAccess")),
    )


def _encryption_types(value: Any) -> KerberosEncryption:
    """Reads a number, its digits, or an object with either: no public source states the form of this reply."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        members = (value.get(name) for name in (ENCRYPTION_TYPES, "value", "propertyValue"))
        value = next((member for member in members if member is not None), None)
    digits = text(value)
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 9:
        raise NoAnswer(Gap.MALFORMED, f"{ENCRYPTION_TYPES} is not a number")
    return KerberosEncryption(int(digits))


def _shares(entries: tuple[Any, ...], whole: bool) -> FileShares:
    found = (an_object(entry, "a share") for entry in entries)
    return FileShares(
        tuple(
            FileShare(
                text(entry.get("name")), text(entry.get("path")), text(entry.get("fileShareType")),
                flag(entry.get("encryptData")),
            )
            for entry in found
        ),
        whole,
    )  # fmt: skip


def _acls(requests: Requests, shares: Answer[FileShares]) -> list[tuple[str, Answer[Acl]]]:
    listed = shares.shares if isinstance(shares, FileShares) else ()
    return [
        (share.name, requests.value(f"/datastore/default/fileShare/{quote(share.name, safe='')}/acl", _acl))
        for share in listed
    ]


def _acl(value: Any) -> Acl:
    entries = an_object(value, "the ACL of a share").get("shareDacl", [])
    if not isinstance(entries, list):
        raise NoAnswer(Gap.MALFORMED, "the ACL of a share has no list of entries")
    return Acl(tuple(_ace(an_object(entry, "an entry of an ACL")) for entry in entries))


def _ace(entry: Object) -> AclEntry:
    access = entry.get("accessControlTypes")
    return AclEntry(
        text(entry.get("user")),
        text(entry.get("sid")),
        text(access) or ", ".join(texts(access)),
        number(entry.get("accessMask")),
    )


def _roles(entries: tuple[Any, ...], whole: bool) -> Roles:
    return Roles(tuple(_role(an_object(entry, "a role")) for entry in entries), whole)


def _role(entry: Object) -> Role:
    groups = entry.get("externalGroups")
    granted = tuple(RoleGroup(all_texts(group)) for group in groups) if isinstance(groups, list) else None
    return Role(text(entry.get("id")) or uuid(entry.get("uuid")), text(entry.get("roleName")), kind(entry), granted)


def _external_groups(requests: Requests, roles: Answer[Roles]) -> Answer[ExternalGroups]:
    """Requests the directory's groups only if a role refers to one by an id alone."""
    listed = roles.roles if isinstance(roles, Roles) else ()
    if any(_is_id(group) for role in listed for group in role.groups or ()):
        return requests.items("/role/external", _groups)
    if isinstance(roles, Roles):
        return ExternalGroups()
    return NoAnswer(Gap.NEEDS_OTHER, "the roles could not be read")


def _is_id(group: RoleGroup) -> bool:
    r"""Returns whether the entry names no group: it has no SID, distinguished name, `DOMAIN\name` or `name@DOMAIN`."""
    return not any(
        entry.upper().startswith("S-1-") or "=" in entry or "\\" in entry or "@" in entry for entry in group.texts
    )


def _groups(entries: tuple[Any, ...], whole: bool) -> ExternalGroups:
    return ExternalGroups(tuple(ExternalGroup(_id(entry), all_texts(entry)) for entry in entries), whole)


def _id(entry: Any) -> str:
    return uuid(entry.get("id") or entry.get("uuid")) if isinstance(entry, dict) else text(entry)


def _accounts(entries: tuple[Any, ...], whole: bool) -> LocalAccounts:
    return LocalAccounts(tuple(_account(an_object(entry, "a local account")) for entry in entries), whole)


def _account(entry: Object) -> LocalAccount:
    role = entry.get("role")
    single = text(role.get("roleName")) or kind(role) if isinstance(role, dict) else text(role)
    roles = texts(entry.get("roleNames")) or ((single,) if single else ())
    return LocalAccount(text(entry.get("name")), roles, entry.get("isDisabled") is True)
