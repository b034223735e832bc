"""The groups in a ticket of the lab to oneself: the KDC's answer to this run's request, whole and changed."""

from __future__ import annotations

from typing import Any

import pytest
from impacket.krb5 import crypto

from krbcheck.facts.observation import Gap
from tests.support.captures import capture, replayed
from tests.support.gaps import NO_ANSWERS, gap_of
from tests.support.kdc import Serve
from tests.support.kdc_replay import KdcReplay

AES256 = 18
DOMAIN_COMPUTERS, ASSERTED_BY_AUTHORITY = "515", "S-1-18-1"


def test_the_groups_of_a_host_are_those_of_its_directory(serve: Serve) -> None:
    found = replayed("own-groups", serve(KdcReplay("own-groups")))
    assert found == capture("own-groups").returned
    nodes = capture("memberships").returned["nodes"].values()
    host = next(node for node in nodes if node["name"] == "alice-hv01$")
    groups = {node["sid"] for node in nodes if node["dn"].lower() in host["parents"]}
    primary = f"{host['sid'].rpartition('-')[0]}-{DOMAIN_COMPUTERS}"
    assert (found["account"], found["primary"]) == (host["sid"], primary)
    assert set(found["groups"]) == groups | {primary}
    assert found["extra"] == [ASSERTED_BY_AUTHORITY]


def other_account(part: Any) -> None:
    part["sname"]["name-string"][0] = "bob-hv01$"


def other_nonce(part: Any) -> None:
    part["nonce"] = int(part["nonce"]) ^ 1


def damaged_ticket(reply: Any) -> None:
    cipher = bytes(reply["ticket"]["enc-part"]["cipher"])
    reply["ticket"]["enc-part"]["cipher"] = cipher[:-1] + bytes((cipher[-1] ^ 1,))


@pytest.mark.parametrize(
    "peer",
    [
        pytest.param(KdcReplay("own-groups", disclose=other_account), id="of-another-account"),
        pytest.param(KdcReplay("own-groups", disclose=other_nonce), id="of-another-request"),
        pytest.param(KdcReplay("own-groups", spoil=damaged_ticket), id="damaged-ticket"),
        pytest.param(KdcReplay("own-groups", key=crypto.Key(AES256, bytes(32))), id="of-another-key"),
    ],
)
def test_another_answer_is_none(serve: Serve, peer: KdcReplay) -> None:
    with pytest.raises(NO_ANSWERS) as none:
        replayed("own-groups", serve(peer))
    assert gap_of(none.value) is Gap.MALFORMED
