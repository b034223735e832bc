"""smbprotocol, one request after another, with tickets from a cache; no root of a share is opened.

Run by the environment of the peers: `python smbprotocol_loop.py PLAN`; PLAN is a JSON file with `address`, `shares` and
`sessions`, each a credential cache, a server name and a principal. It does not import krbcheck.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from smbprotocol.connection import Connection
from smbprotocol.exceptions import AccessDenied
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect


class Bound(Connection):  # type: ignore[misc] # the library has no types
    """smbprotocol's connection to an address in place of its server name's."""

    def __init__(self, name: str, address: str) -> None:
        self._tcp: Any = None
        self.address = address
        super().__init__(uuid.uuid4(), name, 445)

    @property
    def transport(self) -> Any:
        return self._tcp

    @transport.setter
    def transport(self, tcp: Any) -> None:
        self._tcp = tcp
        if tcp is not None:
            tcp.server = self.address


def main(plan: Any) -> None:
    for cache, name, principal in plan["sessions"]:
        os.environ["KRB5CCNAME"] = cache
        connection = Bound(name, plan["address"])
        connection.connect()
        session = Session(connection, principal, None, require_encryption=False, auth_protocol="kerberos")
        session.connect()
        for share in plan["shares"]:
            with suppress(AccessDenied):
                TreeConnect(session, rf"\\{name}\{share}").connect()
        connection.disconnect()


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
