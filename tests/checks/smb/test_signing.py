"""What is judged of how a storage speaks: signing, encryption, its interfaces, one server behind its names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import pytest

from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.smb import (
    SessionKind,
    SmbNegotiated,
    SmbSession,
    SmbSessions,
    SmbSetUp,
    SmbSpeech,
    SmbSpeeches,
    TreeReply,
)
from krbcheck.facts.smb_features import (
    ClearSession,
    ClearSessions,
    DialectAnswer,
    DialectReplies,
    Interface,
    InterfaceAnswer,
    InterfaceReply,
    NetworkInterfaces,
    SmbDialects,
)
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.site.stated import DataPath, Site, Storage

T = TypeVar("T")
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH, BOBS = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"
HOST = "alice-hv01$@VMLEVEL.COM"
UNC = rf"\\{PATH}\AliceVMs"
DENIED, LOGON_FAILURE, NOT_SUPPORTED, INVALID_REQUEST = 0xC0000022, 0xC000006D, 0xC00000BB, 0xC0000010
ENABLED, REQUIRED = 1, 2
LEASING, PERSISTENT, SEALS = 0x02, 0x10, 0x40
SILENCE = Unobserved(Gap.TIMED_OUT, "no answer within 3 s", "asked", AT, "alice")


def said(value: T | Unobserved) -> Observation[T]:
    return value if isinstance(value, Unobserved) else Observed(value, "asked", AT, "alice")


def spoken(*replies: SmbNegotiated) -> SmbDialects:
    return SmbDialects((DialectAnswer("alice", PATH, "vmstore", "10.77.11.30", said(DialectReplies(replies))),))


def reply(dialect: int = 0x311, mode: int = ENABLED | REQUIRED, **more: object) -> SmbNegotiated:
    return msgspec.structs.replace(SmbNegotiated(0, dialect, mode, server_guid="one"), **more)


REFUSED = SmbNegotiated(NOT_SUPPORTED)
SILENT = SmbDialects((DialectAnswer("alice", PATH, "vmstore", "10.77.11.30", SILENCE),))


def session(seen: SmbSetUp | Unobserved, principal: str = HOST, kind: SessionKind = SessionKind.KERBEROS) -> SmbSession:
    return SmbSession("alice", principal, PATH, "vmstore", "10.77.11.30", kind, said(seen))


def set_up(*trees: TreeReply, flags: int = 0) -> SmbSetUp:
    return SmbSetUp(0, flags=flags, dialect=0x311, trees=trees)


def tree(flags: int = 0, status: int = 0, capabilities: int = 0) -> TreeReply:
    return TreeReply("AliceVMs", status, share_flags=flags, capabilities=capabilities)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(spoken(reply(0x210), reply()), ["fine"], id="required"),
        pytest.param(spoken(REFUSED, reply()), ["fine"], id="required-by-all-that-it-speaks"),
        pytest.param(spoken(reply(mode=ENABLED)), ["smb.signing/not-required"], id="offered"),
        pytest.param(spoken(reply(0x210, ENABLED), reply()), ["smb.signing/not-required"], id="not-by-the-weakest"),
        pytest.param(spoken(reply(mode=0)), ["smb.signing/not-required", "smb.signing/not-offered"], id="not-offered"),
        pytest.param(spoken(REFUSED), ["unknown"], id="smb-1-alone"),
        pytest.param(SILENT, ["unknown"], id="silence"),
    ],
)
def test_signing(lines: Lines, facts: SmbDialects, expected: list[str]) -> None:
    found = lines("smb.signing", facts)
    assert found == [*(f"{one} alice {PATH}" for one in expected), f"unknown bob {BOBS}"]


def test_what_is_encrypted_needs_no_signature(lines: Lines) -> None:
    sealed = SmbSessions((session(set_up(flags=4)),))
    assert lines("smb.signing", spoken(reply(mode=ENABLED)), sealed)[0] == f"fine alice {PATH}"


def test_signing_that_is_not_required_names_the_dialects(judged: Judged) -> None:
    found = judged("smb.signing", spoken(reply(0x210, ENABLED), reply(0x302, ENABLED), reply()))[0]
    assert isinstance(found, Finding)
    assert found.values["dialects"] == ("2.1", "3.0.2")
    assert "On vmstore: Set-SmbServerConfiguration -RequireSecuritySignature $true" in found.remedy


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(spoken(reply(ciphers=(2,))), "fine", id="cipher"),
        pytest.param(spoken(reply(0x302, capabilities=SEALS)), "fine", id="capability"),
        pytest.param(spoken(reply(ciphers=(0,))), "smb.encryption/not-offered", id="no-cipher-in-common"),
        pytest.param(spoken(reply(0x302)), "smb.encryption/not-offered", id="no-capability"),
        pytest.param(spoken(reply(0x210, capabilities=SEALS)), "smb.encryption/not-offered", id="too-old-for-it"),
        pytest.param(spoken(reply(capabilities=SEALS)), "smb.encryption/not-offered", id="3.1.1-has-a-context-for-it"),
        pytest.param(spoken(REFUSED), "unknown", id="smb-1-alone"),
        pytest.param(SILENT, "unknown", id="silence"),
    ],
)
def test_encryption_offered(lines: Lines, facts: SmbDialects, expected: str) -> None:
    assert lines("smb.encryption", facts)[0] == f"{expected} alice {PATH}"


PLAIN, SEALED_SHARE, SEALED_ALL = set_up(tree()), set_up(tree(0x8000)), set_up(tree(), flags=4)
LET_IN, KEPT_OUT, NO_SESSION = set_up(tree()), set_up(tree(status=DENIED)), SmbSetUp(DENIED, dialect=0x311)
LOCKED_OUT = set_up(tree(status=DENIED))


def encryption(
    lines: Lines, site: Site, usual: SmbSetUp | Unobserved, clear: SmbSetUp | Unobserved | None
) -> list[str]:
    """Alice's, but for what is offered."""
    clears = () if clear is None else (ClearSession("alice", HOST, PATH, "vmstore", "10.77.11.30", said(clear)),)
    facts = (spoken(reply(ciphers=(2,))), SmbSessions((session(usual),)), ClearSessions(clears))
    return [one for one in lines("smb.encryption", *facts, of=site) if " alice " in one][1:]


@pytest.mark.parametrize(
    ("usual", "clear", "unstated", "stated"),
    [
        pytest.param(PLAIN, LET_IN, "fine", "smb.encryption/not-required", id="none"),
        pytest.param(SEALED_SHARE, KEPT_OUT, "smb.encryption/refuses-clear", "fine", id="share"),
        pytest.param(SEALED_SHARE, LET_IN, "fine", "smb.encryption/not-required", id="share-lets-clear-text-in"),
        pytest.param(SEALED_ALL, LET_IN, "fine", "smb.encryption/not-required", id="all-but-clear-text-is-let-in"),
        pytest.param(SEALED_ALL, KEPT_OUT, "smb.encryption/refuses-clear", "fine", id="all-by-share"),
        pytest.param(PLAIN, SILENCE, "unknown", "smb.encryption/not-required", id="clear-text-not-tried"),
        pytest.param(SEALED_SHARE, SILENCE, "unknown", "unknown", id="share-clear-text-not-tried"),
        pytest.param(SEALED_SHARE, None, "unknown", "unknown", id="nobody-to-try"),
        pytest.param(LOCKED_OUT, KEPT_OUT, "unknown", "unknown", id="the-acl-refuses"),
        pytest.param(
            SmbSetUp(LOGON_FAILURE, dialect=0x311), SmbSetUp(LOGON_FAILURE), "unknown", "unknown", id="no-key"
        ),
        pytest.param(SmbSetUp(DENIED, dialect=0x311), NO_SESSION, "unknown", "unknown", id="no-session-at-all"),
        pytest.param(PLAIN, SmbSetUp(NOT_SUPPORTED), "unknown", "smb.encryption/not-required", id="no-dialect"),
    ],
)
def test_encryption_of_a_share(
    lines: Lines, site: Site, usual: SmbSetUp, clear: SmbSetUp | Unobserved | None, unstated: str, stated: str
) -> None:
    assert encryption(lines, site, usual, clear) == [f"{unstated} alice {UNC}"]
    assert encryption(lines, with_stated_share(site), usual, clear) == [f"{stated} alice {UNC}"]
    assert encryption(lines, with_stated_storage(site), usual, clear) == [f"{stated} alice {UNC}"]


def with_stated_storage(site: Site) -> Site:
    return msgspec.structs.replace(site, storages=(Storage("vmstore", "VMSTORE$@TINTRI.COM", encrypted=True),))


def with_stated_share(site: Site) -> Site:
    alice, bob = site.tenants
    shares = tuple(msgspec.structs.replace(one, encrypted=True) for one in alice.shares)
    return msgspec.structs.replace(site, tenants=(msgspec.structs.replace(alice, shares=shares), bob))


def test_a_storage_that_refuses_clear_text_altogether_is_one_finding(lines: Lines, site: Site) -> None:
    assert encryption(lines, site, SEALED_ALL, NO_SESSION) == [f"smb.encryption/refuses-clear alice {PATH}"]
    assert encryption(lines, with_stated_storage(site), SEALED_ALL, NO_SESSION) == [f"fine alice {UNC}"]


def test_only_the_same_principal_shows_that_it_is_for_encryption(lines: Lines, site: Site) -> None:
    """Another principal is let in: then the refusal may be the ACL's."""
    clear = ClearSession("alice", HOST, PATH, "vmstore", "10.77.11.30", said(KEPT_OUT))
    sessions = SmbSessions((session(LOCKED_OUT), session(SEALED_SHARE, "alice-hv02$@VMLEVEL.COM")))
    found = lines("smb.encryption", spoken(reply(ciphers=(2,))), sessions, ClearSessions((clear,)))
    assert found[1] == f"unknown alice {UNC}"


def test_refusing_clear_text_names_both_ways_out(judged: Judged) -> None:
    clear = ClearSession("alice", HOST, PATH, "vmstore", "10.77.11.30", said(KEPT_OUT))
    facts = (spoken(reply(ciphers=(2,))), SmbSessions((session(SEALED_SHARE),)), ClearSessions((clear,)))
    found = judged("smb.encryption", *facts)[1]
    assert isinstance(found, Finding)
    assert "'encryption: required' at tenants: alice: shares: AliceVMs" in found.remedy
    assert "Set-SmbShare -Name AliceVMs -EncryptData $false" in found.remedy


def interfaces(*addresses: str) -> InterfaceReply:
    return InterfaceReply(interfaces=tuple(Interface(2, one, 10**9) for one in addresses))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(interfaces("10.77.11.30"), "fine", id="own"),
        pytest.param(interfaces("10.77.11.30", "fe80::1", "169.254.1.1", "::1", ""), "fine", id="of-this-link-alone"),
        pytest.param(interfaces(), "fine", id="none"),
        pytest.param(interfaces("10.77.11.30", "10.77.12.30"), "smb.multichannel/foreign-interface", id="bobs"),
        pytest.param(interfaces("10.77.11.30", "10.77.0.40"), "smb.multichannel/foreign-interface", id="management"),
        pytest.param(interfaces("2001:db8::1"), "smb.multichannel/foreign-interface", id="global-ipv6"),
        pytest.param(InterfaceReply("FSCTL_QUERY_NETWORK_INTERFACE_INFO", INVALID_REQUEST), "fine", id="has-it-not"),
        pytest.param(InterfaceReply("FSCTL_QUERY_NETWORK_INTERFACE_INFO", DENIED), "unknown", id="does-not-tell"),
        pytest.param(InterfaceReply("TREE_CONNECT to IPC$", DENIED), "unknown", id="no-ipc"),
        pytest.param(InterfaceReply("SESSION_SETUP", LOGON_FAILURE), "unknown", id="no-session"),
        pytest.param(SILENCE, "unknown", id="silence"),
    ],
)
def test_multichannel(lines: Lines, seen: InterfaceReply | Unobserved, expected: str) -> None:
    answer = InterfaceAnswer("alice", HOST, PATH, "vmstore", "10.77.11.30", said(seen))
    assert lines("smb.multichannel", NetworkInterfaces((answer,))) == [
        f"{expected} alice {PATH}",
        f"unknown bob {BOBS}",
    ]


def test_a_foreign_interface_says_whose_it_is(judged: Judged) -> None:
    seen = said(interfaces("10.77.0.40", "10.77.12.30"))
    answers = NetworkInterfaces((InterfaceAnswer("alice", HOST, PATH, "vmstore", "10.77.11.30", seen),))
    found = judged("smb.multichannel", answers)[0]
    assert isinstance(found, Finding)
    assert found.values["found"] == "10.77.0.40, 10.77.12.30 (bob's)"


def test_nobody_to_ask_with_is_told(judged: Judged, site: Site) -> None:
    alice = msgspec.structs.replace(site.tenants[0], principals=())
    changed = msgspec.structs.replace(site, tenants=(alice, site.tenants[1]))
    for check in ("smb.multichannel", "smb.encryption"):
        found = judged(check, spoken(reply(ciphers=(2,))), of=changed)
        assert "the site names no secret of any principal of alice" in [
            one.says for one in found if isinstance(one, Unknown)
        ]
    by_address = msgspec.structs.replace(alice, data_paths=(DataPath("10.77.11.30", "vmstore"),))
    found = judged("smb.multichannel", of=msgspec.structs.replace(site, tenants=(by_address, site.tenants[1])))
    assert isinstance(found[0], Unknown)
    assert "is an address" in found[0].says


def at(tenant: str, guid: str, storage: str = "vmstore", path: str = "") -> DialectAnswer:
    name = path or f"{storage}-{tenant}.tintri.com"
    address = {"alice": "10.77.11.30", "bob": "10.77.12.30"}[tenant]
    replies = DialectReplies((REFUSED, reply(server_guid=guid), reply(0x302, server_guid=guid)))
    return DialectAnswer(tenant, name, storage, address, said(replies))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param([at("alice", "one"), at("bob", "one")], [f"fine alice {PATH}", f"fine bob {BOBS}"], id="one"),
        pytest.param([at("alice", "one"), at("bob", "two")], ["smb.server/differs - vmstore"], id="two"),
        pytest.param([at("alice", "one"), at("alice", "two")], ["smb.server/differs - vmstore"], id="two-at-one-name"),
        pytest.param([at("alice", "one")], [f"fine alice {PATH}", f"unknown bob {BOBS}"], id="the-other-not-asked"),
    ],
)
def test_one_server(lines: Lines, answers: list[DialectAnswer], expected: list[str]) -> None:
    assert lines("smb.server", SmbDialects(tuple(answers))) == expected


def test_a_storage_that_speaks_nothing_newer_than_smb_1_tells_no_guid(lines: Lines) -> None:
    assert lines("smb.server", spoken(REFUSED)) == [f"unknown alice {PATH}", f"unknown bob {BOBS}"]
    assert lines("smb.server", SILENT)[0] == f"unknown alice {PATH}"


def test_the_nodes_of_a_cluster_differ_on_purpose(lines: Lines) -> None:
    facts = (
        SmbDialects((at("alice", "one"), at("bob", "two"))),
        SmbSessions((session(set_up(tree(capabilities=0x20))),)),
    )
    assert lines("smb.server", *facts) == [f"fine alice {PATH}", f"fine bob {BOBS}"]


def test_another_storages_server_is_named(judged: Judged, site: Site) -> None:
    alice, bob = site.tenants
    more = msgspec.structs.replace(alice, data_paths=(*alice.data_paths, DataPath("other.tintri.com", "other")))
    both = (*site.storages, Storage("other", "OTHER$@TINTRI.COM"))
    changed = msgspec.structs.replace(site, storages=both, tenants=(more, bob))
    facts = SmbDialects((at("alice", "two"), at("bob", "one"), at("alice", "two", "other", "other.tintri.com")))
    found = judged("smb.server", facts, of=changed)[0]
    assert isinstance(found, Finding)
    assert f"{PATH} (10.77.11.30) is two, which is other too; {BOBS} (10.77.12.30) is one" in found.says
    assert "Get-NetNeighbor -IPAddress 10.77.11.30, 10.77.12.30" in found.remedy


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param((0x300, 0x311), "fine", id="new-alone"),
        pytest.param((0x202, 0x210, 0x311), "smb.dialect/old-too", id="old-too"),
        pytest.param((), "fine", id="not-asked-one-by-one"),
    ],
)
def test_the_oldest_dialect_is_worth_a_note(lines: Lines, known: tuple[int, ...], expected: str) -> None:
    newest = SmbSpeeches((SmbSpeech("alice", PATH, "vmstore", "10.77.11.30", said(reply())),))
    each = spoken(*(reply(one) for one in known)) if known else SILENT
    assert lines("smb.dialect", newest, each)[0] == f"{expected} alice {PATH}"


BOTH = LEASING | PERSISTENT


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(spoken(reply(capabilities=BOTH)), ["fine"], id="all"),
        pytest.param(spoken(reply(capabilities=LEASING)), ["smb.continuity/no-persistent-handles"], id="no-handles"),
        pytest.param(spoken(reply(capabilities=PERSISTENT)), ["smb.continuity/no-leases"], id="no-leases"),
        pytest.param(
            spoken(reply(0x210, capabilities=BOTH), reply()),
            ["smb.continuity/no-persistent-handles"],
            id="a-bit-that-2.1-does-not-know",
        ),
        pytest.param(spoken(reply(0x202)), ["fine"], id="too-old-is-another-checks-matter"),
        pytest.param(SILENT, ["unknown"], id="silence"),
    ],
)
def test_continuity(lines: Lines, facts: SmbDialects, expected: list[str]) -> None:
    assert lines("smb.continuity", facts) == [*(f"{one} alice {PATH}" for one in expected), f"unknown bob {BOBS}"]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(set_up(tree(capabilities=0x10)), [f"fine alice {UNC}"], id="continuous"),
        pytest.param(set_up(tree()), [f"smb.continuity/not-continuous alice {UNC}"], id="not"),
        pytest.param(set_up(tree(status=DENIED)), [], id="not-let-in"),
        pytest.param(SILENCE, [], id="silence"),
    ],
)
def test_a_continuous_share(lines: Lines, seen: SmbSetUp | Unobserved, expected: list[str]) -> None:
    found = lines("smb.continuity", spoken(reply(capabilities=BOTH)), SmbSessions((session(seen),)))
    assert found == [f"fine alice {PATH}", *expected, f"unknown bob {BOBS}"]
