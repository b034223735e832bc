"""TLS is verified and 1.2 or newer; bodies and waiting are bounded; redirects are not followed."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from fixtures.vmstore.contents import Misbehavior
from krbcheck.credentials.wallet import Secret
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.vmstore import LoggedIn, RestApi, RestRefusal, Roles
from krbcheck.probes.rest.connection import REQUEST_SECONDS
from krbcheck.probes.rest.vmstore import read_vmstore
from tests.support.vmstore import Peers

INFO = "/api/info"


def failing(url: str, ca_file: str, seconds: float = 5.0) -> NoAnswer:
    with pytest.raises(NoAnswer) as raised:
        read_vmstore(url, "krbcheck", Secret("x"), ca_file, seconds)
    return raised.value


@pytest.mark.parametrize(
    ("certificate", "why"),
    [("expired.pem", "certificate has expired"), ("other.pem", "Hostname mismatch, certificate is not valid for")],
)
def test_a_certificate_that_is_not_valid_gets_no_request(vmstore: Peers, certificate: str, why: str) -> None:
    with vmstore.serving(certificate=vmstore.folder / certificate) as peer:
        none = failing(peer.url, peer.ca_file)
        assert peer.requests == []
    assert none.gap is Gap.MALFORMED
    assert why in none.detail
    assert none.of == peer.url.removeprefix("https://")


def test_a_certificate_of_another_authority_gets_no_request(vmstore: Peers) -> None:
    with vmstore.serving() as peer:
        none = failing(peer.url, "")
        assert peer.requests == []
    assert none.gap is Gap.MALFORMED
    assert "unable to get local issuer certificate" in none.detail


def test_tls_before_1_2_gets_no_request(vmstore: Peers) -> None:
    with vmstore.serving(old_tls=True) as peer:
        none = failing(peer.url, peer.ca_file)
        assert peer.requests == []
    assert none.gap is Gap.CLOSED
    assert none.detail.endswith(" closed the connection during the TLS handshake; TLS 1.2 or newer is required")


@pytest.mark.parametrize("content", [None, b"not a certificate", b""], ids=["absent", "no-pem", "empty"])
def test_a_file_of_the_authority_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    none = failing("https://localhost:1", str(file))
    assert none.gap is Gap.NOT_HERE
    assert none.detail.startswith(f"ca_file {file} cannot be used: ")


def test_a_closed_port_is_refused(vmstore: Peers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert failing(f"https://localhost:{port}", vmstore.ca_file).gap is Gap.REFUSED


def test_a_name_without_an_address_is_unknown(vmstore: Peers) -> None:
    none = failing("https://vmstore.invalid", vmstore.ca_file)
    assert (none.gap, none.detail) == (Gap.NAME_UNKNOWN, "vmstore.invalid does not resolve to an address")


@pytest.mark.parametrize(
    ("answer", "gap"),
    [
        (None, Gap.TIMED_OUT),
        (b"", Gap.CLOSED),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Gap.MALFORMED),
        (bytes.fromhex("15030100020246"), Gap.MALFORMED),
    ],
    ids=["silent", "closes", "not-tls", "alert-protocol-version"],
)
def test_a_server_without_tls(vmstore: Peers, answer: bytes | None, gap: Gap) -> None:
    done = threading.Event()

    def serve(listener: socket.socket) -> None:
        channel, _ = listener.accept()
        with channel:
            if answer is None:
                done.wait(10)
            elif answer:
                channel.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        none = failing(f"https://localhost:{listener.getsockname()[1]}", vmstore.ca_file, 1.0)
        done.set()
        thread.join()
    assert none.gap is gap


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        ("huge", "sends a body of more than 4 MiB"),
        ("compressed", "sends a compressed body, which was not requested"),
    ],
)
def test_a_body_that_is_not_read(vmstore: Peers, kind: str, detail: str) -> None:
    with vmstore.serving(Misbehavior(kind, INFO)) as peer:  # type: ignore[arg-type]
        none = failing(peer.url, peer.ca_file)
        assert peer.count("/session/login") == 0
    assert none.gap is Gap.MALFORMED
    assert none.detail.endswith(detail)


def test_a_body_of_1_mib_is_read(vmstore: Peers) -> None:
    with vmstore.serving(Misbehavior("large", INFO)) as peer:
        assert isinstance(peer.read().api, RestApi)


def test_a_slow_reply_ends_at_the_limit(vmstore: Peers) -> None:
    with vmstore.serving(Misbehavior("slow", "/api/v310/role")) as peer:
        started = time.monotonic()
        seen = peer.read(seconds=1.0)
        assert peer.simulator.sessions == {}, "the logout is sent after the limit too"
    assert time.monotonic() - started < REQUEST_SECONDS
    assert isinstance(seen.login, LoggedIn)
    assert isinstance(seen.roles, NoAnswer)
    assert seen.roles.gap is Gap.TIMED_OUT
    assert isinstance(seen.local_accounts, NoAnswer)
    assert seen.local_accounts.gap is Gap.TIMED_OUT


def test_a_redirect_is_not_followed(vmstore: Peers) -> None:
    with vmstore.serving(Misbehavior("redirect", "/api/v310/role")) as peer:
        seen = peer.read()
    assert seen.roles == RestRefusal(302, "", f"redirect to {peer.url.replace('https', 'http')}/api/v310/role")


def test_after_a_redirect_to_plain_http_no_password_is_sent(vmstore: Peers) -> None:
    with vmstore.serving(Misbehavior("redirect", INFO)) as peer:
        seen = peer.read()
        assert [request.path for request in peer.requests] == [INFO]
    assert isinstance(seen.login, NoAnswer)
    assert seen.login.gap is Gap.NEEDS_OTHER


@pytest.mark.parametrize("kind", ["busy", "many"])
def test_a_busy_server_is_queried_again(vmstore: Peers, kind: str) -> None:
    with vmstore.serving(Misbehavior(kind, "/api/v310/role", times=1)) as peer:  # type: ignore[arg-type]
        assert isinstance(peer.read().roles, Roles)
        assert peer.count("/role") == 2


@pytest.mark.parametrize(
    ("kind", "refusal", "requests"),
    [
        ("busy", RestRefusal(503, "ERR-API-9013", "simulated: busy"), 3),
        ("many", RestRefusal(429, "", "Too many requests"), 3),
        ("error", RestRefusal(500, "ERR-API-0007", "simulated: error"), 1),
        ("forbidden", RestRefusal(403, "ERR-API-6010", "simulated: forbidden"), 1),
    ],
)
def test_a_refusal_is_an_answer(vmstore: Peers, kind: str, refusal: RestRefusal, requests: int) -> None:
    with vmstore.serving(Misbehavior(kind, "/api/v310/role")) as peer:  # type: ignore[arg-type]
        seen = peer.read()
        assert peer.count("/role") == requests
    assert seen.roles == refusal
    assert isinstance(seen.login, LoggedIn)
