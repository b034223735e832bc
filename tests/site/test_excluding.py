"""`exclude` of the site file: accounts and hosts, and what cannot be excluded."""

from __future__ import annotations

from pathlib import Path

import pytest

from krbcheck.site.exclusions import NOTHING, Exclusions
from krbcheck.site.reading import SiteError, site_of

FOLDER = Path("/etc/krbcheck")
GOOD = Path(__file__).with_name("site.yaml").read_text()


def read(entry: str) -> Exclusions:
    text = f"{GOOD}\n{entry}\n"
    return site_of(text.encode(), "site.yaml", FOLDER / "site.yaml").excluded


def test_accounts_and_hosts_are_read_each_once() -> None:
    stated = (
        "exclude: {accounts: [svc-decoy@vmlevel.com, 'VMLEVEL\\Decoys', S-1-5-21-1-2-3-4], "
        "hosts: [Decoy.vmlevel.com., 10.77.0.99, 10.77.0.99]}"
    )
    assert read(stated) == Exclusions(
        ("svc-decoy@VMLEVEL.COM", "VMLEVEL\\Decoys", "S-1-5-21-1-2-3-4"), ("decoy.vmlevel.com", "10.77.0.99")
    )
    assert read("") == NOTHING


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("exclude: {}", "exclude is empty; keys: accounts, hosts"),
        ("exclude: {hosts: []}", "hosts of exclude is empty"),
        ("exclude: {users: [x]}", "users"),
        ("exclude: {hosts: ['a b']}", "a host of exclude is 'a b'; a DNS name"),
        ("exclude: {accounts: [decoy]}", "an account of exclude is 'decoy'; 'DOMAIN\\name'"),
        ("exclude: {accounts: ['a b@VMLEVEL.COM']}", "an account of exclude is 'a b@VMLEVEL.COM'; account@REALM"),
        (
            "exclude: {accounts: ['VMLEVEL\\alice-hv01$']}",
            "alice-hv01$@VMLEVEL.COM is excluded, but the site file states it; remove one of both",
        ),
        (
            "exclude: {hosts: [vmstore-alice.tintri.com]}",
            "vmstore-alice.tintri.com is excluded, but the site file states it as a data path of alice",
        ),
        ("exclude: {hosts: [10.77.11.30]}", "as the address of a data path of alice"),
        ("exclude: {hosts: [10.77.0.10]}", "as a name server of vmlevel.com"),
    ],
)
def test_a_mistake_is_one_line(entry: str, says: str) -> None:
    with pytest.raises(SiteError) as mistake:
        read(entry)
    assert says in str(mistake.value)
