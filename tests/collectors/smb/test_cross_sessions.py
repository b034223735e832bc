"""A matrix asks as little as it can: one KDC a principal, one search a service, others' paths only where they open."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from krbcheck.asking.scheduler import Limits
from krbcheck.collectors.smb.cross_sessions import cross_sessions
from krbcheck.credentials.wallet import Granted, Wallet
from krbcheck.facts.kerberos import KrbError, Reply
from krbcheck.facts.names import Controller
from krbcheck.facts.observation import Gap, Observed
from krbcheck.facts.ports import PortAnswer, PortAnswers, PortReply, PortState
from krbcheck.facts.smb import SmbSetUp
from krbcheck.probes.smb import sessions
from krbcheck.site.stated import (
    SecretKind,
    SecretSource,
    Site,
)
from tests.support import matrix_asking
from tests.support.matrix_asking import KNOWN, THIS_HOST, drive, grants

site = matrix_asking.site
wallet = matrix_asking.wallet

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
KEYTAB = SecretSource(SecretKind.KEYTAB, "/x.keytab")
HOSTS = [f"alice-hv0{entry}$@VM.COM" for entry in (1, 2, 3)]
DC1, DC2 = Controller("vm.com", "dc1", "10.0.0.1"), Controller("vm.com", "dc2", "10.0.0.2")
TIDC = Controller("t.com", "tidc", "10.0.0.3")
Said = Granted[Reply] | KrbError | SmbSetUp | Gap


def port(state: PortState) -> PortAnswers:
    reply = Observed(PortReply(state), "asked", NOW, "alice")
    own = PortAnswer("alice", "alice", "v-alice.t.com", "10.1.0.30", 445, reply)
    return PortAnswers((own, PortAnswer("alice", "bob", "v-bob.t.com", "10.2.0.30", 445, reply)))


@pytest.mark.parametrize("state", [PortState.CLOSED, PortState.FILTERED])
def test_what_the_network_keeps_apart_is_not_asked(site: Site, wallet: Wallet, state: PortState) -> None:
    held = grants(site, wallet)
    found, asked = drive(cross_sessions(site, THIS_HOST, wallet, Limits(), KNOWN, held, port(state)))
    assert (found.sessions, asked) == ((), [])


def test_another_tenants_open_data_path_is_tried_by_every_principal_with_a_secret(site: Site, wallet: Wallet) -> None:
    held = grants(site, wallet)
    found, asked = drive(cross_sessions(site, THIS_HOST, wallet, Limits(requests=9), KNOWN, held, port(PortState.OPEN)))
    assert [(session.owner, session.principal, session.address) for session in found.sessions] == [
        ("bob", host, "10.2.0.30") for host in HOSTS
    ]
    last = asked[-1]
    assert last.call.func is sessions.kerberos_session
    assert last.call.args[1:5] == ("v-bob.t.com", "10.2.0.30", (("A", 0x001200AF), ("B", 0x00100081)), "10.1.0.9")
    assert (last.load, last.call.args[-1]) == ("vmstore", 9)
