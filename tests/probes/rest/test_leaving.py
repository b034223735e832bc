"""An interrupted reading ends its session: by itself after its request, or from outside if that request hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from fixtures.vmstore.contents import Misbehavior
from fixtures.vmstore.sample import PASSWORD
from krbcheck.credentials.wallet import Secret
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.rest.vmstore import leaving, read_vmstore
from tests.support.vmstore import Peer, Peers


def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)


@contextmanager
def interrupted(peer: Peer, path: str) -> Iterator[None]:
    """A reading that is interrupted at its first request for `path`; it has ended at the end of the block."""
    leave = leaving()
    arguments = (peer.url, "krbcheck", Secret(PASSWORD), peer.ca_file, 20.0, leave)
    thread = threading.Thread(target=read_vmstore, args=arguments, daemon=True)
    thread.start()
    until(lambda: bool(peer.count(path)))
    leave.now()
    yield
    thread.join(20)


def test_a_hanging_request_does_not_keep_the_session(vmstore: Peers) -> None:
    with (
        vmstore.serving(Misbehavior("slow", "/api/v310/appliance", times=1)) as peer,
        interrupted(peer, "/appliance/default/info"),
    ):
        assert peer.count("/session/login") == peer.count("/session/logout") == 1
        assert peer.simulator.sessions == {}


def test_after_its_request_the_reading_logs_out_itself(vmstore: Peers) -> None:
    busy = Misbehavior("many", "/api/v310/appliance", times=1)  # after a second it would be sent again
    with vmstore.serving(busy) as peer:
        with interrupted(peer, "/appliance/default/info"):
            pass
        assert peer.count("/session/login") == 1, "no session is opened again"
        assert peer.simulator.sessions == {}
        assert peer.count("/datastore/default/smbSettings") == 0, "nothing is queried after the interrupt"


def test_an_interrupt_before_the_first_request_queries_nothing(vmstore: Peers) -> None:
    with vmstore.serving() as peer:
        leave = leaving()
        leave.now()
        with pytest.raises(NoAnswer) as none:
            read_vmstore(peer.url, "krbcheck", Secret(PASSWORD), peer.ca_file, 20.0, leave)
        assert none.value.gap is Gap.OUT_OF_TIME
        assert peer.requests == []
