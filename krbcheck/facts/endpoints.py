"""Writes a server and its port as one text, as URLs do (RFC 3986 3.2): `10.77.0.10:88`, `[fd00::10]:88`."""

from __future__ import annotations

MOST_PORT = 65535


def endpoint(server: str, port: int = 0) -> str:
    """Returns the text for `server` (an address or a host name) and `port`; 0 is no port, and is left out."""
    shown = f"[{server}]" if ":" in server else server
    return f"{shown}:{port}" if port else shown


def server_and_port(of: str) -> tuple[str, int]:
    """Returns the arguments of `endpoint`. A text without a port, or of another form, is a server with port 0."""
    server, colon, port = of.rpartition(":")
    bare = not server or (":" in server and not server.endswith("]"))
    if not colon or bare or not (port.isascii() and port.isdecimal()) or int(port) > MOST_PORT:
        return _unbracketed(of), 0
    return _unbracketed(server), int(port)


def shown(of: str) -> str:
    """Returns the text for people: `10.77.0.10 port 88`."""
    server, port = server_and_port(of)
    return f"{server} port {port}" if port else server


def with_server(asked: str, of: str) -> str:
    """Returns a query and its server; recordings of schema 1 have the server in the query."""
    return asked if not of or server_and_port(of)[0] in asked else f"{asked} at {shown(of)}"


def _unbracketed(server: str) -> str:
    return server[1:-1] if server.startswith("[") and server.endswith("]") else server
