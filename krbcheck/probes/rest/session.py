"""A session with the REST API of a VMstore: one login, one more if it is lost, both shapes of a list, a logout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from krbcheck.credentials.wallet import Secret
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.vmstore import SESSION_GONE, LoggedIn, RestRefusal
from krbcheck.probes.rest.connection import Connection, HttpReply
from krbcheck.probes.rest.shapes import number, text

API = "/api/v310"
LOGIN, LOGOUT = f"{API}/session/login", f"{API}/session/logout"
CREDENTIALS = "com.tintri.api.rest.vcommon.dto.rbac.RestApiCredentials"
LOGOUT_SECONDS = 1.5
PAGE, MOST_PAGES, MOST_ITEMS = 500, 40, 20_000
SHOWN, MOST_SEARCHED = 80, 8192
"""The characters of a body that is not JSON which are shown, and the bytes of it that are searched for secrets."""


@dataclass(frozen=True)
class Items:
    """The entries of a list; not `whole` if it was cut before its end."""

    entries: tuple[Any, ...]
    whole: bool = True


class Session:
    """The requests of `account` over a connection. Each method raises NoAnswer as `Connection` does, and MALFORMED for
    a reply that is not JSON.
    """

    def __init__(self, connection: Connection, account: str, password: Secret) -> None:
        self._connection = connection
        self._account = account
        self._password = password
        self._version = ""
        self._reopened = False
        self.logged_in: LoggedIn | None = None

    def log_in(self, version: str) -> LoggedIn | RestRefusal:
        """Returns the reply to the login; `version` is the API version to use, empty for the server's default.

        Raises NoAnswer: NO_CREDENTIALS for a password that is not text, or as the other methods.
        """
        import msgspec

        self._version = version
        try:
            password = self._password.reveal().decode()
        except UnicodeDecodeError:
            raise NoAnswer(Gap.NO_CREDENTIALS, f"the password of {self._account} is not UTF-8 text") from None
        body = {"typeId": CREDENTIALS, "username": self._account, "password": password}
        body |= {"fullApiVersion": version} if version else {}
        reply = self._connection.log_in(LOGIN, msgspec.json.encode(body))
        value = self._decoded(reply)
        if isinstance(value, RestRefusal):
            return value
        if not self._connection.cookie:
            raise NoAnswer(Gap.MALFORMED, "the reply to the login has no session cookie", self._connection.of)
        self.logged_in = LoggedIn(self._shown_text(value), again=self._reopened)
        return self.logged_in

    def log_out(self) -> None:
        """Ends the session, if there is one."""
        if self._connection.cookie:
            self._connection.log_out(LOGOUT, LOGOUT_SECONDS)

    def get(self, path: str, root: str = API) -> Any:
        """Returns the decoded reply to a GET, or its RestRefusal. A session that was lost is opened again once."""
        reply = self._connection.get(root + path)
        value = self._decoded(reply)
        lost = isinstance(value, RestRefusal) and value.status == 401 and value.code in (SESSION_GONE, "")
        if lost and self.logged_in is not None and not self._reopened:
            self._reopened = True  # also if it fails: a rejected credential is not sent again
            again = self.log_in(self._version)
            value = again if isinstance(again, RestRefusal) else self._decoded(self._connection.get(root + path))
        return value

    def items(self, path: str, **query: str | int) -> Items | RestRefusal:
        """Returns the entries of a list, which is a JSON array or a Page, and of all pages that follow it; raises
        NoAnswer (MALFORMED) for anything else.
        """
        entries: list[Any] = []
        following, seen, total = urlencode(query), set[str](), 0
        for _ in range(MOST_PAGES):
            value = self.get(f"{path}?{following}" if following else path)
            if isinstance(value, RestRefusal):
                return value
            if isinstance(value, list):
                return Items(tuple(value[:MOST_ITEMS]), len(value) <= MOST_ITEMS)
            part = value.get("items") if isinstance(value, dict) else None
            if not isinstance(part, list):
                raise NoAnswer(Gap.MALFORMED, f"{path} is neither a list nor a page of one", self._connection.of)
            entries += part
            total = max(total, number(value.get("filteredTotal")) or number(value.get("total")) or 0)
            overflow, seen = value.get("overflow") is True, {*seen, following}
            following = text(value.get("next")).lstrip("?") if part else ""  # an empty page is the last one
            if not following or following in seen or len(entries) > MOST_ITEMS:
                whole = not following and not overflow and total <= len(entries) <= MOST_ITEMS
                return Items(tuple(entries[:MOST_ITEMS]), whole)
        return Items(tuple(entries), whole=False)

    def _decoded(self, reply: HttpReply) -> Any:
        import msgspec

        value: Any = None
        readable = True
        if reply.body.strip():
            try:
                value = msgspec.json.decode(reply.body)
            except (msgspec.DecodeError, RecursionError):
                readable = False
        if not 200 <= reply.status <= 299:
            return self._refusal(reply, value)
        if not readable:
            shown = self._shown(reply.body)
            says = f"the reply is {reply.content_type or 'of no stated type'}, not JSON: {shown}"
            raise NoAnswer(Gap.MALFORMED, says, self._connection.of)
        return value

    def _refusal(self, reply: HttpReply, value: Any) -> RestRefusal:
        if 300 <= reply.status <= 399:
            return RestRefusal(reply.status, message=f"redirect to {self._shown_text(reply.location) or 'no location'}")
        if isinstance(value, dict):
            return RestRefusal(reply.status, text(value.get("code"))[:SHOWN], self._shown_text(value.get("message")))
        return RestRefusal(reply.status, message=self._shown(reply.body))

    def _shown(self, body: bytes) -> str:
        shown = self._without_secrets(body[:MOST_SEARCHED].decode(errors="replace"))
        return " ".join(shown.split())[:SHOWN]

    def _shown_text(self, value: Any) -> str:
        return text(self._without_secrets(value)) if isinstance(value, str) else text(value)

    def _without_secrets(self, shown: str) -> str:
        """Returns a text of the server without the password and the session's id, which it may repeat."""
        for secret in (self._password.reveal().decode(errors="replace"), self._connection.cookie):
            shown = shown.replace(secret, "***") if secret else shown
        return shown
