"""The tickets of a principal's host: from a copy of its credential cache, or from the saved output of klist."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from fixtures.lab.klist import LABELS, listing
from krbcheck.credentials.host_tickets import content
from krbcheck.facts.groups import CacheContent
from krbcheck.site.reading import SiteError
from krbcheck.site.stated import SecretKind, SecretSource, TicketSource
from krbcheck.windows.klist import INITIAL, ListedTicket
from tests.support.credential_files import Told, cache_file, opened, site

ALICE = "alice-hv01$@VMLEVEL.COM"
LOGON = datetime(2026, 11, 25, 7, 41, 50, tzinfo=UTC)
HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")


def ticket(service: str, start: datetime = LOGON, flags: int = 0x40A10000, client: str = "Alice-HV01$") -> ListedTicket:
    realm = "TINTRI.COM" if service.startswith("cifs/") else "VMLEVEL.COM"
    return ListedTicket(client, "VMLEVEL.COM", service, realm, 18, 18, flags, start, LOGON + 10 * HOUR)


TGT = ticket("krbtgt/VMLEVEL.COM", flags=0x40A10000 | INITIAL)
CIFS = ticket("cifs/vmstore-alice.tintri.com", LOGON + HOUR)


def loaded(stated: TicketSource, reply: Told | None = None) -> CacheContent:
    """What is read of alice's host, whose keytab or password is not needed for it."""
    plain = site(SecretSource(SecretKind.ENV, "PW"))
    host = replace(plain.tenants[0].principals[0], tickets=stated, secret=None)
    with_tickets = replace(plain, tenants=(replace(plain.tenants[0], principals=(host,)), *plain.tenants[1:]))
    return opened(with_tickets, reply or Told()).caches[ALICE]


def saved(path: Path, *tickets: ListedTicket, language: str = "English", encoding: str = "utf-16") -> str:
    path.write_bytes(listing(language, tickets, BERLIN).encode(encoding))
    return str(path)


@pytest.mark.parametrize("language", LABELS)
def test_the_times_and_names_of_a_klist_are_read(tmp_path: Path, language: str) -> None:
    path = saved(tmp_path / "klist.txt", TGT, CIFS, language=language)
    found = loaded(TicketSource(klist=(path,), time_zone="Europe/Berlin"))
    assert [(entry.service, entry.realm, entry.authtime, entry.endtime, entry.etype) for entry in found.tickets] == [
        ("krbtgt/VMLEVEL.COM", "VMLEVEL.COM", LOGON, LOGON + 10 * HOUR, 18),
        ("cifs/vmstore-alice.tintri.com", "TINTRI.COM", LOGON, LOGON + 10 * HOUR, 18),
    ]
    assert found.undated == ()


def test_a_user_name_beyond_ascii_is_found_in_the_code_page_that_it_was_saved_in(tmp_path: Path) -> None:
    name = "müller"
    path = tmp_path / "klist.txt"
    path.write_bytes(listing("German", [ticket("krbtgt/VMLEVEL.COM", client=name)], BERLIN).encode("cp850"))
    plain = site(SecretSource(SecretKind.ENV, "PW"))
    host = replace(
        plain.tenants[0].principals[0],
        name=f"{name}@VMLEVEL.COM",
        secret=None,
        tickets=TicketSource(klist=(str(path),), time_zone="UTC"),
    )
    stated = replace(plain, tenants=(replace(plain.tenants[0], principals=(host,)),))
    (found,) = opened(stated, Told()).caches[host.name].tickets
    assert found.client == name


def test_the_lists_of_two_logon_sessions_are_read_together_and_other_clients_are_left_out(tmp_path: Path) -> None:
    first = saved(tmp_path / "klist.txt", TGT, ticket("cifs/x", client="operator"))
    second = saved(tmp_path / "klist-3e7.txt", CIFS)
    found = loaded(TicketSource(klist=(first, second), time_zone="UTC"))
    assert [entry.service for entry in found.tickets] == ["krbtgt/VMLEVEL.COM", "cifs/vmstore-alice.tintri.com"]


def test_a_copy_of_a_credential_cache_is_read_and_none_of_its_keys_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "alice.ccache"
    path.write_bytes(cache_file(ALICE, "krbtgt/VMLEVEL.COM@VMLEVEL.COM"))
    reply = Told()
    (found,) = loaded(TicketSource(ccache=str(path), line=4), reply).tickets
    assert (found.service, found.client, found.authtime) == (
        "krbtgt/VMLEVEL.COM", "alice-hv01$", datetime.fromtimestamp(1_700_000_000, UTC),
    )  # fmt: skip
    assert "every user of this host can read" in reply.warnings[0]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is not the output of klist; save the output of klist -li 0x3e7 while"),
        (b"\x05\x04\0\0", "it is not the output of klist"),
        (listing("German", [], BERLIN).encode(), f"it contains no ticket of {ALICE}; save the output"),
        (
            listing("English", [ticket("cifs/x", client="operator")], BERLIN).encode(),
            f"no ticket of {ALICE}; it contains tickets of operator@VMLEVEL.COM",
        ),
        (listing("English", [TGT, CIFS], BERLIN).partition("\r\n\r\n#1")[0].encode(), "states 2 tickets and lists 1"),
        (b"x" * ((1 << 20) + 1), "it is larger than 1048576 bytes"),
    ],
    ids=["empty", "a-cache", "no-tickets", "another-session", "cut-off", "large"],
)
def test_what_is_wrong_with_a_klist_is_one_line(tmp_path: Path, data: bytes, why: str) -> None:
    path = tmp_path / "klist.txt"
    path.write_bytes(data)
    with pytest.raises(SiteError) as caught:
        loaded(TicketSource(klist=(str(path),), time_zone="UTC", line=7))
    said = str(caught.value)
    assert said.startswith(f"site.yaml:7: the klist of {ALICE}, {path}: ")
    assert why in said
    assert said.isprintable()


@pytest.mark.parametrize("stated", [TicketSource(klist=("/none",), time_zone="UTC"), TicketSource(ccache="/none")])
def test_a_file_that_is_not_there_is_one_line(stated: TicketSource) -> None:
    with pytest.raises(SiteError, match="/none: it cannot be read: No such file or directory; specify a "):
        loaded(stated)


def test_a_cache_of_another_account_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(cache_file("bob$@VMLEVEL.COM", "krbtgt/V@V"))
    with pytest.raises(SiteError, match=r"contains tickets of bob\$@VMLEVEL.COM"):
        loaded(TicketSource(ccache=str(path)))


def test_a_ticket_dates_from_the_last_logon_before_it() -> None:
    again = ticket("krbtgt/VMLEVEL.COM", LOGON + 2 * HOUR, flags=INITIAL)
    late = ticket("cifs/late", LOGON + 3 * HOUR)
    found = content([again, late, TGT, CIFS])
    assert [(entry.service, entry.authtime) for entry in found.tickets] == [
        ("krbtgt/VMLEVEL.COM", LOGON + 2 * HOUR),
        ("cifs/late", LOGON + 2 * HOUR),
        ("krbtgt/VMLEVEL.COM", LOGON),
        ("cifs/vmstore-alice.tintri.com", LOGON),
    ]


def test_a_ticket_before_every_listed_logon_is_undated() -> None:
    forwarded = ticket("krbtgt/VMLEVEL.COM", flags=0x60A10000)
    assert content([forwarded, CIFS]).undated == ("krbtgt/VMLEVEL.COM", "cifs/vmstore-alice.tintri.com")
    early = replace_start(CIFS, LOGON - HOUR)
    found = content([TGT, early])
    assert (found.undated, found.tickets[1].authtime) == (("cifs/vmstore-alice.tintri.com",), LOGON - HOUR)


def replace_start(listed: ListedTicket, start: datetime) -> ListedTicket:
    return ticket(listed.service, start)
