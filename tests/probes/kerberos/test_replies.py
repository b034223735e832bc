"""What we read in messages of Windows, Samba and MIT, and in bytes that are none."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krbcheck.facts.kerberos import KrbError
from krbcheck.facts.observation import Gap
from krbcheck.probes.kerberos import replies
from krbcheck.probes.kerberos.keys import string_to_key
from krbcheck.windows import der
from tests.support.gaps import NO_ANSWERS, gap_of

USAGE_AS, USAGE_TGS = 3, 8
NONCE = 1


@pytest.fixture(scope="session")
def messages(vectors: Path) -> Path:
    return vectors / "kerberos-msg"


def message(folder: Path, name: str) -> bytes:
    """Some of the files begin with the four bytes of length that TCP has."""
    data = (folder / f"{name}.bin").read_bytes()
    return data[4:] if int.from_bytes(data[:4], "big") == len(data) - 4 else data


def nonce_of(request: bytes) -> int:
    body = der.fields(der.inner(request, request[0]))[4]
    return der.read_unsigned(der.fields(body)[7])


def test_a_windows_kdc_tells_its_clock_and_the_ntstatus(messages: Path) -> None:
    assert replies.krb_error(message(messages, "scapy-krberror-windows-32-ntstatus-c0000133")) == KrbError(
        code=32,
        stime=datetime(2025, 12, 13, 0, 13, 12, tzinfo=UTC),
        ntstatus=0xC0000133,
        realm="DOMAIN.LOCAL",
        service="krbtgt/DOMAIN.LOCAL",
    )


@pytest.mark.parametrize(
    ("name", "etypes", "salt", "stime"),
    [
        ("knet-krb-error-preauth-required", (18, 23), "CORP.IDENTITYINTERVENTION.COMtestuser", "2019-07-12 16:07:25"),
        (
            "scapy-krberror-windows-25-etypeinfo2-cmsdigests",
            (18, 17, 23),
            "DOMAIN.LOCALhostcomputer1.domain.local",
            "2025-12-13 00:10:46",
        ),
        (
            "scapy-krberror-samba-25",
            (18, 17, 3, 1, 1, 23),
            "SAMBA.EXAMPLE.COMhostlocaldc.samba.example.com",
            "2015-01-29 15:17:03",
        ),
    ],
)
def test_a_kdc_that_wants_proof_tells_types_and_salt(
    messages: Path, name: str, etypes: tuple[int, ...], salt: str, stime: str
) -> None:
    said = replies.krb_error(message(messages, name))
    assert (said.code, said.etypes, said.salt, said.ntstatus) == (25, etypes, salt, None)
    assert said.stime == datetime.fromisoformat(f"{stime}+00:00")


def test_an_error_of_mit_with_every_field(messages: Path) -> None:
    lines = (messages / "mit-asn1-reference_encode.out").read_text().splitlines()
    hexes = {name: data for name, _, data in (line.partition(": ") for line in lines)}
    whole = replies.krb_error(bytes.fromhex(hexes["encode_krb5_error"]))
    assert whole == KrbError(
        code=60,
        stime=datetime(1994, 6, 10, 6, 3, 17, tzinfo=UTC),
        text="krb5data",
        realm="ATHENA.MIT.EDU",
        service="hftsai/extra",
        client_realm="ATHENA.MIT.EDU",
    )
    bare = replies.krb_error(bytes.fromhex(hexes["encode_krb5_error(optionals NULL)"]))
    assert (bare.code, bare.text, bare.client_realm) == (60, "", "")
    info = der.sequence(
        der.sequence(
            der.context(1, der.integer(19)),
            der.context(2, der.octets(bytes.fromhex(hexes["encode_krb5_etype_info2"]))),
        )
    )
    assert replies.etype_info2(info) == [
        (0, b"Morton's #0", b"s2k: 0"),
        (1, b"", b"s2k: 1"),
        (2, b"Morton's #2", b"s2k: 2"),
    ]
    high = replies.sealed(bytes.fromhex(hexes["encode_krb5_enc_data(MSB-set kvno)"]))
    assert high.kvno == 0xFF000000, "a version of an RODC's key has its upper half set"


def test_an_as_rep_opens_with_the_key_of_the_password(messages: Path) -> None:
    key = string_to_key(18, b"P@ssw0rd!", b"CORP.IDENTITYINTERVENTION.COMtestuser")
    nonce = nonce_of(message(messages, "knet-as-req-preauth"))
    reply = message(messages, "knet-as-rep")
    fact, ticket = replies.grant(reply, replies.AS_REP, replies.key(18, key.reveal()), USAGE_AS, nonce)
    keys = json.loads((messages / "KEYS.json").read_text())
    assert ticket.session_key.reveal().hex() == keys["knet as-rep session key (recovered)"]["key"]
    assert ticket.der.reveal() in reply
    assert (ticket.client, ticket.service) == (
        "testuser@CORP.IDENTITYINTERVENTION.COM",
        "krbtgt/CORP.IDENTITYINTERVENTION.COM",
    )
    assert (fact.etype, fact.session_etype, fact.kvno, fact.flags) == (18, 18, 2, 0x40E10000)
    assert fact.authtime == datetime(2019, 7, 12, 16, 7, 25, tzinfo=UTC)
    assert fact.endtime == datetime(2019, 7, 13, 2, 7, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "service", "etype", "kvno"),
    [
        ("testuser-host-app03", "host/app03.corp.identityintervention.com", 18, 1),
        ("testuser-host-appservice", "host/appservice.identityintervention.com", 23, 4),
        ("testuser-krbtgt-renew", "krbtgt/CORP.IDENTITYINTERVENTION.COM", 18, 2),
    ],
)
def test_a_tgs_rep_opens_with_the_session_key(messages: Path, name: str, service: str, etype: int, kvno: int) -> None:
    keys = json.loads((messages / "KEYS.json").read_text())
    session = replies.key(18, bytes.fromhex(keys["knet as-rep session key (recovered)"]["key"]))
    nonce = nonce_of(message(messages, f"knet-tgs-req-{name}"))
    fact, _ = replies.grant(message(messages, f"knet-tgs-rep-{name}"), replies.TGS_REP, session, USAGE_TGS, nonce)
    assert (fact.client, fact.service, fact.etype, fact.kvno) == ("testuser", service, etype, kvno)
    assert fact.referral_to == ""


def test_the_inner_part_of_an_as_rep_may_carry_the_other_tag(messages: Path) -> None:
    key = replies.key(18, string_to_key(18, b"passwordvalue", b"TEST.GOKRB5testuser1").reveal())
    reply = message(messages, "gokrb5-testuser1EType18ASREP")
    with pytest.raises(NO_ANSWERS, match="nonce differs"):
        replies.grant(reply, replies.AS_REP, key, USAGE_AS, NONCE)
    sealed = replies.sealed(replies.message(reply, replies.AS_REP)[6])
    assert der.read_text(replies._opened(sealed.cipher, key, USAGE_AS)[9]) == "TEST.GOKRB5"


def test_a_reply_that_another_key_opens_is_malformed(messages: Path) -> None:
    with pytest.raises(NO_ANSWERS, match="does not open with our key") as raised:
        replies.grant(message(messages, "knet-as-rep"), replies.AS_REP, replies.key(18, bytes(32)), USAGE_AS, NONCE)
    assert gap_of(raised.value) is Gap.MALFORMED


def test_who_needs_no_proof_is_told_the_type_of_his_key(messages: Path) -> None:
    assert replies.key_offers(message(messages, "scapy-asrep-nopreauth-rc4"))[0].etype == 23
    offered = replies.key_offers(message(messages, "knet-krb-error-preauth-required"))
    assert [entry.etype for entry in offered] == [18, 23]


@pytest.mark.parametrize(
    ("kind", "value", "status"),
    [
        (3, "330100c0" + "00000000" + "01000000", 0xC0000133),
        (3, b"LAB.TESTbob1".hex(), None),
        (2, "330100c0" + "00000000" + "01000000", None),
        (3, "330100c0", None),
    ],
    ids=["status", "salt-of-twelve-letters", "other-type", "cut-off"],
)
def test_an_ntstatus_is_found_bare_and_within_method_data(kind: int, value: str, status: int | None) -> None:
    entry = der.sequence(der.context(1, der.integer(kind)), der.context(2, der.octets(bytes.fromhex(value))))
    assert replies.ntstatus(entry) == status
    assert replies.ntstatus(der.sequence(entry)) == status


def test_what_a_kdc_says_is_bounded() -> None:
    long = der.sequence(der.context(0, der.integer(1)), der.context(1, der.sequence(*[der.text("x" * 3000)] * 300)))
    error = der.application(
        30,
        der.sequence(
            der.context(4, der.moment(datetime(2026, 1, 1, tzinfo=UTC))),
            der.context(6, der.integer(7)),
            der.context(9, der.text("R" * 60_000)),
            der.context(10, long),
            der.context(11, der.text("\x1b]0;x\x07" * 9000)),
            der.context(12, der.octets(_offering(5000))),
        ),
    )
    said = replies.krb_error(error)
    assert [len(entry) for entry in (said.realm, said.service, said.text)] == [2000, 2000, 2000]
    assert len(said.etypes) == 32


def _offering(count: int) -> bytes:
    info = der.sequence(*[der.sequence(der.context(0, der.integer(18)))] * count)
    return der.sequence(der.sequence(der.context(1, der.integer(19)), der.context(2, der.octets(info))))


def gap(reader: Callable[[bytes], object], data: bytes) -> Gap | None:
    try:
        reader(data)
    except NO_ANSWERS as none:
        return gap_of(none)
    return None


READERS: list[Callable[[bytes], object]] = [
    replies.krb_error,
    replies.key_offers,
    replies.etype_info2,
    replies.ntstatus,
    replies.name,
    replies.sealed,
    lambda data: replies.grant(data, replies.AS_REP, replies.key(18, bytes(32)), USAGE_AS, NONCE),
    lambda data: replies.grant(data, replies.TGS_REP, replies.key(23, bytes(16)), USAGE_TGS, NONCE),
    lambda data: replies._ticket(data, der.fields(data), "client", "REALM"),
]


@given(data=st.binary(max_size=200))
def test_any_bytes_are_a_value_or_malformed(data: bytes) -> None:
    assert {gap(reader, data) for reader in READERS} <= {None, Gap.MALFORMED}


@given(
    name=st.sampled_from(
        ["scapy-krberror-windows-25-etypeinfo2-cmsdigests", "knet-as-rep", "knet-tgs-rep-testuser-host-app03"]
    ),
    position=st.integers(0, 1700),
    byte=st.integers(0, 255),
)
def test_a_changed_byte_is_a_value_or_malformed(messages: Path, name: str, position: int, byte: int) -> None:
    data = bytearray(message(messages, name))
    data[position % len(data)] = byte
    assert {gap(reader, bytes(data)) for reader in READERS} <= {None, Gap.MALFORMED}
