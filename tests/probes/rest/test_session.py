"""One login, one more if the session is lost, always a logout; nothing that is read contains a secret."""

from __future__ import annotations

import traceback

import pytest

from fixtures.vmstore.contents import Misbehavior
from fixtures.vmstore.sample import PASSWORD
from krbcheck.credentials.wallet import Secret
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.vmstore import LoggedIn, RestRefusal, Roles
from krbcheck.probes.rest.vmstore import read_vmstore
from tests.support.vmstore import Peers


def test_a_session_that_is_lost_is_opened_again_once(vmstore: Peers) -> None:
    with vmstore.serving(Misbehavior("lost", "/api/v310/role", times=1)) as peer:
        seen = peer.read()
        assert peer.count("/session/login") == 2
        assert peer.count("/session/logout") == 1
        assert peer.simulator.sessions == {}
    assert isinstance(seen.roles, Roles)
    assert seen.login == LoggedIn("READ ONLY", again=True)


def test_a_session_that_is_lost_again_stays_lost(vmstore: Peers) -> None:
    with vmstore.serving(Misbehavior("lost", "/api/v310/")) as peer:
        seen = peer.read()
        assert peer.count("/session/login") == 1, "the login itself is answered so, and nothing follows"
    assert seen.login == RestRefusal(401, "ERR-API-0104", "Invalid session")
    with vmstore.serving(Misbehavior("lost", "/api/v310/role"), Misbehavior("lost", "/api/v310/userAccount")) as peer:
        seen = peer.read()
        assert peer.count("/session/login") == 2
    assert seen.roles == RestRefusal(401, "ERR-API-0104", "Invalid session")
    assert seen.local_accounts == RestRefusal(401, "ERR-API-0104", "Invalid session")


def test_a_login_that_is_rejected_the_second_time_is_not_tried_a_third_time(vmstore: Peers) -> None:
    rejecting = Misbehavior("forbidden", "/api/v310/session/login", spare=1)
    with vmstore.serving(Misbehavior("lost", "/api/v310/role"), rejecting) as peer:
        seen = peer.read()
        assert peer.count("/session/login") == 2
    assert seen.roles == RestRefusal(403, "ERR-API-6010", "simulated: forbidden")


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("html", "the reply is text/html; charset=utf-8, not JSON: <html><body><h1>Tintri VMstore</h1>Please wait"),
        ("broken", 'the reply is application/json, not JSON: {"typeId": "com.tin'),
    ],
)
def test_a_reply_that_is_not_json_is_malformed(vmstore: Peers, kind: str, says: str) -> None:
    with vmstore.serving(Misbehavior(kind, "/api/v310/role")) as peer:  # type: ignore[arg-type]
        seen = peer.read()
    assert isinstance(seen.roles, NoAnswer)
    assert seen.roles.gap is Gap.MALFORMED
    assert seen.roles.detail.startswith(says)
    assert isinstance(seen.login, LoggedIn)


def test_a_web_page_instead_of_the_api_gets_no_password(vmstore: Peers) -> None:
    with vmstore.serving(Misbehavior("html", "/api/info")) as peer:
        with pytest.raises(NoAnswer) as raised:
            peer.read()
        assert [request.path for request in peer.requests] == ["/api/info"]
    assert raised.value.gap is Gap.MALFORMED


def test_an_error_that_repeats_the_password_is_shown_without_it(vmstore: Peers) -> None:
    with vmstore.serving(Misbehavior("echo", "/api/v310/session/login")) as peer:
        seen = peer.read()
    assert isinstance(seen.login, RestRefusal)
    assert PASSWORD not in repr(seen)
    assert '"password":"***"' in seen.login.message


def test_an_error_that_repeats_the_cookie_is_shown_without_it(vmstore: Peers) -> None:
    with vmstore.serving(Misbehavior("echo", "/api/v310/role")) as peer:
        seen = peer.read()
    assert isinstance(seen.roles, RestRefusal)
    assert seen.roles.message == " JSESSIONID=***"


def test_no_exception_contains_the_password(vmstore: Peers) -> None:
    with vmstore.serving(Misbehavior("slow", "/api/info")) as peer, pytest.raises(NoAnswer) as raised:
        peer.read(seconds=0.5)
    chain = "".join(traceback.format_exception(raised.value))
    assert PASSWORD not in chain


def test_a_password_that_is_not_text_is_not_sent(vmstore: Peers) -> None:
    with vmstore.serving() as peer:
        seen = read_vmstore(peer.url, "krbcheck", Secret(b"\xff\xfe"), peer.ca_file, 5.0)
        assert peer.count("/session/login") == 0
    assert isinstance(seen.login, NoAnswer)
    assert seen.login.gap is Gap.NO_CREDENTIALS
