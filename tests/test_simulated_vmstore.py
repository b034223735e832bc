"""The simulated VMstore answers the vendor's samples, and its replies have the members that the reference documents.

The requests are those of get_vms_paged.py and tintri_1_1.py (Tintri/tintri-api-examples): its headers, the body of its
login, the session as a header, the pages by the query string of `next`, and the logout by GET.
"""

from __future__ import annotations

import ssl
from collections.abc import Collection, Iterator
from typing import Any

import httpx
import msgspec
import pytest

from fixtures.vmstore.contents import Machine, Switches
from fixtures.vmstore.sample import SAMPLE
from tests.support.vmstore import Peer, make_peers

JSON = {"content-type": "application/json"}
CREDENTIALS = "com.tintri.api.rest.vcommon.dto.rbac.RestApiCredentials"
PAGE_SIZE, MACHINES = 25, 60
MANY = msgspec.structs.replace(
    SAMPLE, machines=tuple(Machine(f"F1-VIM-{number}", f"vm{number}", "alice-hv01") for number in range(MACHINES))
)
DOTTED = "com.tintri.api.rest.v310.dto."
APPLIANCE_INFO = {
    "modelName", "osVersion", "serialNumber", "isAllFlash", "isFipsEncryptionEnabled", "outOfBoxCompleted",
    "currentCapacityGiB", "productId", "filesystemId",
}  # fmt: skip
"""The last two are not in the reference: real appliances return them."""
PAGE = {
    "items", "total", "filteredTotal", "absoluteTotal", "offset", "limit", "page", "pageTotal", "next", "prev",
    "overflow", "completedIn", "lastUpdatedTime", "offsetMatchFound",
}  # fmt: skip
ROLE = {
    "id", "roleName", "externalGroups", "privileges", "restrictedAccesses", "uuid", "localAlias", "lastUpdatedTime",
}  # fmt: skip
REFERENCE: tuple[tuple[str, str, Collection[str]], ...] = (
    ("/info", "com.tintri.api.rest.v.dto.domain.RestApi", {"productName", "preferredVersion", "supportedVersionSet"}),
    ("/v310/appliance/default/info", f"{DOTTED}domain.beans.hardware.ApplianceInfo", APPLIANCE_INFO),
    ("/v310/appliance/default/ips", f"{DOTTED}domain.beans.hardware.ApplianceIp",
     {"serviceType", "hostname", "ipCidr", "ip", "netmask", "gateway", "vlanId", "networkBond", "isJumboFrameEnabled",
      "syncReplSubmount"}),
    ("/v310/datastore/default/smbSettings", f"{DOTTED}domain.beans.fileShare.DatastoreSmbSettings",
     {"dnsAuthenticationDomain", "smbDataPathHostname", "datastoreSid", "encryptData", "rejectUnencryptedAccess"}),
    ("/v310/datastore/default/fileShare", f"{DOTTED}domain.beans.FileShare",
     {"name", "path", "comment", "encryptData", "fileShareType", "fileSystemName", "quotaBytes",
      "nominalConsumedBytes"}),
    ("/v310/datastore/default/fileShare/AliceVMs/acl", f"{DOTTED}domain.beans.fileShare.Acl", {"shareDacl"}),
    ("/v310/role", "", ROLE),
    ("/v310/userAccount", "com.tintri.api.rest.vcommon.dto.rbac.UserAccount",
     {"name", "isDisabled", "roleNames", "role", "uuid"}),
    ("/v310/session/current", "com.tintri.api.rest.vcommon.dto.rbac.UserSession",
     {"authType", "clientIp", "clientId", "clientType", "id", "loginTime", "lastAccessedTime", "expirationTime",
      "roles", "userName"}),
    ("/v310/datastore/default/hypervisorManagerConfig", f"{DOTTED}HypervisorManagerConfig",
     {"host", "hypervisorType", "isDelegated", "isInActiveDirectory", "isCurrentlyConfigured",
      "hypervisorManagerPingStatus", "hyperVConfig"}),
    ("/v310/license", f"{DOTTED}domain.beans.License", {"feature", "state", "isEval", "model"}),
    ("/v310/vm", f"{DOTTED}Page", PAGE),
    ("/v310/snapshot", f"{DOTTED}Page", PAGE),
)  # fmt: skip
"""The paths that krbcheck reads, the typeId of their replies or of the entries of their lists, and the members."""


@pytest.fixture(scope="module", params=["full", "empty"])
def peer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    folder = tmp_path_factory.mktemp("vmstore")
    with make_peers(folder).serving(contents=MANY, switches=Switches(last_page=request.param)) as peer:
        yield peer


@pytest.fixture
def client(peer: Peer) -> Iterator[httpx.Client]:
    peer.simulator.sessions.clear()
    trusted = ssl.create_default_context(cafile=peer.ca_file)
    with httpx.Client(base_url=f"{peer.url}/api", verify=trusted, headers=JSON, trust_env=False) as client:
        yield client


def logged_in(client: httpx.Client) -> dict[str, str]:
    """The header of a session, as the sample sends it."""
    body = {"username": "admin", "password": "another", "typeId": CREDENTIALS}
    reply = client.post("/v310/session/login", json=body)
    assert (reply.status_code, reply.json()) == (200, "ADMIN")
    session = reply.cookies["JSESSIONID"]
    client.cookies.clear()
    return {"cookie": f"JSESSIONID={session}"}


def test_the_sample_reads_every_machine_page_by_page_and_logs_out(peer: Peer, client: httpx.Client) -> None:
    assert client.get("/info").json()["preferredVersion"].startswith("v310.")
    session = logged_in(client)
    page: dict[str, Any] = {"next": f"offset=0&limit={PAGE_SIZE}"}
    names: list[tuple[str, str]] = []
    while "next" in page:
        page = client.get(f"/v310/vm?{page['next']}", headers=session).json()
        assert page["filteredTotal"] == MACHINES
        names += [(machine["vmware"]["name"], machine["uuid"]["uuid"]) for machine in page["items"]]
    assert names == [(f"vm{number}", f"F1-VIM-{number}") for number in range(MACHINES)]
    assert client.get("/v310/session/logout", headers=session).status_code == 204
    assert peer.simulator.sessions == {}
    gone = client.get("/v310/vm", headers=session)
    assert (gone.status_code, gone.json()["code"]) == (401, "ERR-API-0104")


@pytest.mark.parametrize(("path", "kind", "members"), REFERENCE, ids=[path for path, _, _ in REFERENCE])
def test_a_reply_has_the_members_of_the_reference(
    client: httpx.Client, path: str, kind: str, members: Collection[str]
) -> None:
    reply = client.get(path, headers=logged_in(client))
    assert reply.status_code == 200
    listed = reply.json() if isinstance(reply.json(), list) else [reply.json()]
    assert listed
    for entry in listed:
        assert entry["typeId"] == kind or not kind
        assert set(entry) <= {"typeId", *members}


def test_a_rejected_login_has_the_error_of_the_reference(client: httpx.Client) -> None:
    body = {"username": "admin", "password": "wrong", "typeId": CREDENTIALS}
    reply = client.post("/v310/session/login", json=body)
    assert (reply.status_code, reply.json()["code"]) == (403, "ERR-API-0124")
    assert set(reply.json()) <= {
        "typeId", "code", "message", "causeDetails", "title", "targetId", "targetName", "errors"
    }  # fmt: skip
