"""Ends the session of a probe while it runs, when the collection is interrupted: a VMstore is never left logged in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from krbcheck.probes.rest.connection import Connection

PATIENCE = 0.5
"""The seconds in which the probe may end its request and log out."""


class Leave:
    """`now` ends the session that a probe has in the block of `of`; both are called from different threads."""

    def __init__(self, logout: str, seconds: float) -> None:
        self._logout, self._seconds = logout, seconds
        self._lock = threading.Lock()
        self._leaving = False
        self._connection: Connection | None = None
        self._left = threading.Event()

    @contextmanager
    def of(self, connection: Connection) -> Iterator[None]:
        """A context: the connection sends no more queries after `now`."""
        with self._lock:
            self._connection = connection
            connection.leaving = self._leaving
        try:
            yield
        finally:
            self._left.set()

    def now(self) -> None:
        """The probe logs out after its present request; if that lasts too long, the logout is sent from here."""
        with self._lock:
            self._leaving = True
            connection = self._connection
            if connection is None:
                return
            connection.leaving = True
        if not self._left.wait(PATIENCE) and connection.cookie:
            connection.log_out(self._logout, self._seconds)
