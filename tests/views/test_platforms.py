"""The platform of domains and storages, with the evidence."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.directory import (
    Account,
    AccountAnswer,
    Accounts,
    Directories,
    DomainIdentity,
    IdentityAnswer,
)
from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SmbNegotiated, SmbSpeech, SmbSpeeches
from krbcheck.site.stated import Site, VmstoreApi
from krbcheck.views.platforms import Platforms, SmbPlatforms
from krbcheck.windows.remedy import Platform

AT = datetime(2026, 11, 25, tzinfo=UTC)


def identity(controller: str, vendor: str | None) -> IdentityAnswer:
    return IdentityAnswer(
        "tintri.com",
        controller,
        Observed(DomainIdentity("TINTRI", "S-1", "tintri.com", vendor=vendor), "q", AT, "alice"),
    )


@pytest.mark.parametrize(
    ("vendors", "platform"),
    [
        (["Samba Team (https://www.samba.org)"], Platform.SAMBA),
        ([""], Platform.WINDOWS),
        ([None], None),
        (["", "Samba Team (https://www.samba.org)"], Platform.WINDOWS),
    ],
)
def test_the_root_of_the_directory_shows_samba(
    cloud: Site, vendors: list[str | None], platform: Platform | None
) -> None:
    read = Directories(identities=tuple(identity(f"dc{number}", vendor) for number, vendor in enumerate(vendors)))
    known = Platforms(cloud, read).known.get("tintri.com")
    assert (known and known[0]) == platform


@pytest.mark.parametrize(
    ("system", "platform"),
    [
        ("Samba", Platform.SAMBA),
        ("Windows Server 2022 Datacenter", Platform.WINDOWS),
        ("OnTap", None),
        ("", None),
    ],
)
def test_the_account_of_a_storage_names_its_system(cloud: Site, system: str, platform: Platform | None) -> None:
    storage = cloud.storages[0]
    account = Account(dn="CN=X", sam="X$", sid="S-1", system=system)
    answer = AccountAnswer(storage.domain, "dc", storage.account, Observed(Accounts((account,)), "q", AT, "alice"))
    known = Platforms(cloud, Directories(accounts=(answer,))).known.get(storage.name)
    assert (known and known[0]) == platform
    assert known is None or system in known[1]


def test_a_stated_api_is_that_of_a_vmstore(cloud: Site) -> None:
    storage = msgspec.structs.replace(cloud.storages[0], vmstore_api=VmstoreApi("https://x", "a"))
    site = msgspec.structs.replace(cloud, storages=(storage,))
    known = Platforms(site, Directories()).known
    assert known == {storage.name: (Platform.VMSTORE, "the site file states vmstore_api for it")}


@pytest.mark.parametrize(
    ("guid", "platform"),
    [
        ("74736d76-726f-0065-0000-000000000000", Platform.SAMBA),
        ("73626166-6f74-6572-0000-000000000000", Platform.SAMBA),
        ("3f1b7a52-9c0e-4d7b-8a11-5e2f6c9d0b34", None),
        ("00000000-0000-0000-0000-000000000000", None),
        ("a pseudonym", None),
        ("", None),
    ],
)
def test_the_server_guid_of_samba_is_its_netbios_name(cloud: Site, guid: str, platform: Platform | None) -> None:
    storage, (tenant, path) = cloud.storages[0], next(iter(cloud.paths()))
    negotiated = Observed(SmbNegotiated(0, dialect=0x311, server_guid=guid), "q", AT, tenant.name)
    speech = SmbSpeech(tenant.name, path.name, storage.name, "10.77.11.30", negotiated)
    known = SmbPlatforms(cloud, SmbSpeeches((speech,))).known.get(storage.name)
    assert (known and known[0]) == platform
