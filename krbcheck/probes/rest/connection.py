"""One HTTPS connection to a REST API: TLS 1.2 or newer with a verified certificate, bounded bodies, no redirects.

Only what a method of `Connection` names is sent: GET, and POST for the login and the logout.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from krbcheck.facts.endpoints import endpoint
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.tcp.stream import CONNECT_SECONDS, no_answer

CLIENT = "krbcheck"
"""The value of the header Tintri-Api-Client, by which the administrator of the VMstore recognizes the requests."""
MOST_BYTES = 4 << 20
"""The largest body that is read, in bytes."""
REQUEST_SECONDS = 5.0
RETRIES, WAIT_SECONDS, MOST_WAIT_SECONDS = 2, 0.3, 1.5
BUSY = (429, 503)
"""The statuses after which a request is sent again: too many requests, and a service that is busy."""
HTTPS = 443
COOKIE = "JSESSIONID"


@dataclass(frozen=True)
class HttpReply:
    """A reply with its whole body. `cookie` is the session's id in it, empty if it has none."""

    status: int
    body: bytes
    content_type: str
    location: str
    cookie: str
    retry_after: str

    @property
    def wait(self) -> float:
        """The seconds to wait before the request is sent again."""
        stated = float(self.retry_after[:6]) if self.retry_after.isascii() and self.retry_after.isdecimal() else 0.0
        return min(stated or WAIT_SECONDS, MOST_WAIT_SECONDS)


class Connection:
    """A connection with one deadline, `seconds` after it is created, for all requests. A context manager.

    After `leaving` is set, also by another thread, nothing is sent but the logout.
    """

    def __init__(self, url: str, ca_file: str, seconds: float) -> None:
        """Raises NoAnswer (NOT_HERE) if the file with the certificates of the authority cannot be used."""
        import httpx

        parts = urlsplit(url)
        self.url = url.rstrip("/")
        self.host, self.port = parts.hostname or "", parts.port or HTTPS
        self.where, self.of = f"{self.host} port {self.port}", endpoint(self.host, self.port)
        self.until = time.monotonic() + seconds
        self.cookie = ""
        self.leaving = False
        self._client = httpx.Client(verify=_verified(ca_file), follow_redirects=False, trust_env=False)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str) -> HttpReply:
        """Returns the reply to a GET; a server that is busy is queried again. Raises NoAnswer as `_send`."""
        return self._patiently("GET", path, None)

    def log_in(self, path: str, body: bytes) -> HttpReply:
        """Returns the reply to the login and keeps its cookie; raises NoAnswer as `_send`."""
        self.cookie = ""
        return self._patiently("POST", path, body)

    def log_out(self, path: str, seconds: float) -> None:
        """Ends the session, also after the deadline, within `seconds`. A server that does not answer is left alone."""
        self.until = max(self.until, time.monotonic() + seconds)
        try:
            self._send("POST", path, b"")
        except NoAnswer:
            return
        finally:
            self.cookie = ""

    def _patiently(self, method: str, path: str, body: bytes | None) -> HttpReply:
        for _ in range(RETRIES):
            self._stay()
            reply = self._send(method, path, body)
            if reply.status not in BUSY or time.monotonic() + reply.wait > self.until:
                return reply
            time.sleep(reply.wait)
        self._stay()
        return self._send(method, path, body)

    def _stay(self) -> None:
        """Raises NoAnswer (OUT_OF_TIME) if the session is to end."""
        if self.leaving:
            raise NoAnswer(Gap.OUT_OF_TIME, "the collection was interrupted before this query", self.of)

    def _send(self, method: str, path: str, body: bytes | None) -> HttpReply:
        """Raises NoAnswer: TIMED_OUT, REFUSED, CLOSED, UNREACHABLE, NAME_UNKNOWN, or MALFORMED for a certificate that
        is not valid, a TLS version before 1.2, and a body that is too large.
        """
        import httpx

        left = min(self.until - time.monotonic(), REQUEST_SECONDS)
        if left <= 0:
            raise NoAnswer(Gap.TIMED_OUT, f"the time for all queries to {self.where} is over", self.of)
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Tintri-Api-Client": CLIENT}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self.cookie:
            headers["Cookie"] = f"{COOKIE}={self.cookie}"
        limit = httpx.Timeout(left, connect=min(left, CONNECT_SECONDS))
        with (
            self._failing(left),
            self._client.stream(method, self.url + path, content=body, headers=headers, timeout=limit) as response,
        ):
            reply = self._reply(response, time.monotonic() + left)
        self._client.cookies.clear()  # the session's id alone is sent, by hand
        self.cookie = reply.cookie or self.cookie
        return reply

    def _reply(self, response: Any, until: float) -> HttpReply:
        headers = response.headers
        if headers.get("content-encoding", "identity") != "identity":
            raise NoAnswer(Gap.MALFORMED, f"{self.where} sends a compressed body, which was not requested", self.of)
        body = bytearray()
        for part in response.iter_raw():
            body += part
            if len(body) > MOST_BYTES:
                raise NoAnswer(Gap.MALFORMED, f"{self.where} sends a body of more than {MOST_BYTES >> 20} MiB", self.of)
            if time.monotonic() > until:
                raise NoAnswer(Gap.TIMED_OUT, f"{self.where} does not complete its reply", self.of)
        return HttpReply(
            response.status_code,
            bytes(body),
            headers.get("content-type", "")[:80],
            headers.get("location", "")[:200],
            _cookie(headers.get_list("set-cookie")),
            headers.get("retry-after", ""),
        )

    @contextmanager
    def _failing(self, seconds: float) -> Iterator[None]:
        """Raises NoAnswer for the errors of httpx, whose texts are not repeated."""
        import httpx

        try:
            yield
        except httpx.TimeoutException as failed:
            raise no_answer(TimeoutError(), self.host, self.port, seconds) from failed
        except httpx.TransportError as failed:
            raise self._why(failed, handshake=isinstance(failed, httpx.ConnectError)) from failed

    def _why(self, failed: BaseException, *, handshake: bool) -> NoAnswer:
        """Returns the reason at the root of an error; `handshake` if there was no connection yet."""
        cause: BaseException | None = failed
        while cause is not None:
            match cause:
                case ssl.SSLCertVerificationError():
                    says = f"the TLS certificate of {self.where} is not valid: {cause.verify_message}"
                    return NoAnswer(Gap.MALFORMED, says, self.of)
                case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | ConnectionResetError() if handshake:
                    says = f"{self.where} closed the connection during the TLS handshake; TLS 1.2 or newer is required"
                    return NoAnswer(Gap.CLOSED, says, self.of)
                case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
                    return no_answer(ConnectionError(), self.host, self.port, 0.0)
                case ssl.SSLError():
                    says = f"no TLS 1.2 or newer session with {self.where}: {cause.reason or 'handshake failed'}"
                    return NoAnswer(Gap.MALFORMED, says, self.of)
                case socket.gaierror():
                    return NoAnswer(Gap.NAME_UNKNOWN, f"{self.host} does not resolve to an address", self.of)
                case OSError():
                    return no_answer(cause, self.host, self.port, 0.0)
            cause = cause.__cause__ or cause.__context__
        return NoAnswer(Gap.CLOSED, f"{self.where} closed the connection, or its reply is not valid HTTP", self.of)


def _verified(ca_file: str) -> ssl.SSLContext:
    """Returns the settings of TLS: 1.2 or newer, the host name verified; without a file, this host's authorities."""
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ValueError) as bad:
        why = "it has no certificate in PEM" if isinstance(bad, ssl.SSLError) else getattr(bad, "strerror", "")
        raise NoAnswer(Gap.NOT_HERE, f"ca_file {ca_file} cannot be used: {why or 'not a valid file name'}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _cookie(lines: list[str]) -> str:
    for line in lines:
        name, _, value = line.partition(";")[0].partition("=")
        if name.strip() == COOKIE and value.isascii() and value.isprintable():
            return value.strip()
    return ""
