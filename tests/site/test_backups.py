"""The backup entries of the site file: accounts with and without a secret, server, mode."""

from __future__ import annotations

from pathlib import Path

import pytest

from krbcheck.site.reading import SiteError, site_of
from krbcheck.site.stated import Backup, Principal, SecretKind, SecretSource

FOLDER = Path("/etc/krbcheck")
GOOD = Path(__file__).with_name("site.yaml").read_text().partition("\nbackup:")[0]


def read(entry: str) -> Backup:
    text = f"{GOOD}\nbackup:\n  - {entry}\n"
    return site_of(text.encode(), "site.yaml", FOLDER / "site.yaml").backups[0]


def test_an_account_may_state_its_secret_as_a_principal_does() -> None:
    stated = "{product: veeam, storage: vmstore, accounts: [{name: 'v@tintri.com', secret: {env: V}}, 'w@TINTRI.COM']}"
    backup = read(stated)
    assert backup.accounts == ("v@TINTRI.COM", "w@TINTRI.COM")
    (principal,) = backup.principals
    assert principal == Principal("v@TINTRI.COM", SecretSource(SecretKind.ENV, "V", principal.secret.line))  # type: ignore[union-attr]


def test_server_and_mode() -> None:
    backup = read(
        "{product: veeam, storage: vmstore, accounts: ['v@TINTRI.COM'], server: VBR01.Tintri.com, mode: off-host}"
    )
    assert (backup.server, backup.mode, backup.is_dpm) == ("vbr01.tintri.com", "off-host", False)
    backup = read("{product: dpm-2025, storage: vmstore, accounts: ['v$@TINTRI.COM']}")
    assert (backup.server, backup.mode, backup.principals, backup.is_dpm) == ("", "", (), True)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        pytest.param(
            "{product: dpm-2016, storage: vmstore, accounts: ['v$@TINTRI.COM'], mode: on-host}",
            "dpm-2016 has a mode; mode: only for veeam, on-host or off-host",
            id="mode-of-dpm",
        ),
        pytest.param(
            "{product: veeam, storage: vmstore, accounts: ['v@TINTRI.COM'], mode: onhost}", "on-host", id="mode"
        ),
        pytest.param(
            "{product: veeam, storage: vmstore, accounts: ['v@TINTRI.COM'], server: 'a b'}",
            "the server of veeam is 'a b'; a DNS name",
            id="server",
        ),
        pytest.param(
            "{product: veeam, storage: vmstore, accounts: [{name: 'v@TINTRI.COM', password: x}]}",
            "the site file must not contain a secret",
            id="secret",
        ),
        pytest.param(
            "{product: veeam, storage: vmstore, accounts: [{secret: {env: V}}]}", "name is missing", id="name"
        ),
    ],
)
def test_mistakes(entry: str, says: str) -> None:
    with pytest.raises(SiteError) as caught:
        read(entry)
    assert says in str(caught.value)
