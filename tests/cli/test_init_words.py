"""What the command line of `krbcheck init` states, and what it may not state."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from krbcheck.cli.init_scope import Wish
from krbcheck.cli.init_words import wished
from krbcheck.cli.mistakes import Mistake
from krbcheck.site.stated import SecretKind, SecretSource
from tests.support.credential_files import keytab_entry, keytab_file

AES256 = 18


def wish(
    domains: Sequence[str] = ("vmlevel.com",), storages: Sequence[str] = ("VMSTORE$@TINTRI.COM",), **more: Any
) -> Wish:
    usual: dict[str, Any] = {
        "accounts": (), "networks": (), "servers": (), "keytabs": None, "product": "", "output": Path("site.yaml"),
    }  # fmt: skip
    return wished(domains, storages, **{**usual, **more})


def test_the_realm_of_a_storage_is_a_domain_too() -> None:
    stated = wish(("VMLEVEL.com.",))
    assert [domain.name for domain in stated.domains] == ["vmlevel.com", "tintri.com"]
    assert [(storage.name, storage.account) for storage in stated.storages] == [("vmstore", "VMSTORE$@TINTRI.COM")]


def test_a_storage_without_a_realm_is_in_the_last_domain() -> None:
    stated = wish(("vmlevel.com", "tintri.com"), ("VMSTORE$",))
    assert [storage.account for storage in stated.storages] == ["VMSTORE$@TINTRI.COM"]


def test_storages_with_one_account_name_have_different_names() -> None:
    stated = wish(storages=("STORE$@TINTRI.COM", "STORE$@FABRIC.COM"))
    assert [storage.name for storage in stated.storages] == ["store-1", "store-2"]


def test_a_reader_has_the_source_of_its_secret_or_is_asked_for_it(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    readers = ("krbcheck@vmlevel.com", f"krbcheck@TINTRI.COM=file:{file}")
    first, second = wish(accounts=readers).domains
    assert (first.account, first.secret) == ("krbcheck@VMLEVEL.COM", SecretSource(SecretKind.PROMPT))
    assert (second.account, second.secret) == ("krbcheck@TINTRI.COM", SecretSource(SecretKind.FILE, str(file)))


def test_networks_and_name_servers_are_written_in_their_usual_form() -> None:
    stated = wish(networks=("10.77.11.9/24",), servers=("FD77::A",))
    assert stated.networks == ("10.77.11.0/24",)
    assert {domain.name_servers for domain in stated.domains} == {("fd77::a",)}


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ({"domains": ("vmlevel",)}, "--domain is 'vmlevel'; allowed: the DNS name of a domain"),
        ({"domains": ("-a.com",)}, "--domain is '-a.com'"),
        ({"storages": ("TINTRI\\VMSTORE$",)}, "--storage is 'TINTRI\\VMSTORE$'; allowed: an account"),
        ({"accounts": ("krbcheck@OTHER.COM",)}, "allowed: NAME@REALM with a realm of VMLEVEL.COM, TINTRI.COM"),
        ({"accounts": ("krbcheck@TINTRI.COM=Passw0rd",)}, "allowed: env:NAME, file:PATH, keytab:PATH or ccache:PATH"),
        ({"networks": ("10.77.11.9",)}, "--network is '10.77.11.9'; allowed: a network"),
        ({"servers": ("dc1",)}, "--name-server is 'dc1'; allowed: an IP address"),
        ({"product": "dpm-2010"}, "--backup is 'dpm-2010'; allowed: "),
        ({"keytabs": Path("no-such-folder")}, "is not a folder; name the folder of the keytabs"),
    ],
)
def test_a_mistake_names_the_option_and_what_is_allowed(stated: dict[str, Any], says: str) -> None:
    with pytest.raises(Mistake) as mistake:
        wish(**stated)
    assert says in str(mistake.value)
    assert "Passw0rd" not in str(mistake.value)


def test_computer_accounts_of_the_domains_are_read_from_keytabs(tmp_path: Path) -> None:
    names = ("alice-hv01$@VMLEVEL.COM", "ALICE-HV01$@VMLEVEL.COM", "someone@VMLEVEL.COM", "far$@OTHER.COM")
    file = tmp_path / "hosts.keytab"
    file.write_bytes(keytab_file(*(keytab_entry(name, AES256, 1, bytes(32)) for name in names)))
    (host,) = wish(keytabs=tmp_path).hosts
    assert (host.name, host.secret) == ("alice-hv01$@VMLEVEL.COM", SecretSource(SecretKind.KEYTAB, str(file)))


def test_a_keytab_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.keytab").write_bytes(b"\x05\x02\x7f\xff\xff\xff")
    with pytest.raises(Mistake, match=r"broken\.keytab: cannot be read: .*; remove it from the folder"):
        wish(keytabs=tmp_path)
