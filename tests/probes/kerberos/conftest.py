"""A KDC on loopback, and the acceptor's half of Kerberos in GSS-API."""

from __future__ import annotations

from tests.support.kdc import kdc, serve
from tests.support.storage import acceptor, krb_error, subkey, ticket

__all__ = ["acceptor", "kdc", "krb_error", "serve", "subkey", "ticket"]
