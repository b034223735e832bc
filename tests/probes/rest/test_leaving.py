"""An interrupted reading ends its session: by itself after its request, or from outside if that request hangs."""

from __future__ import annotations

import threading
import time

from fixtures.vmstore.contents import Misbehavior
from fixtures.vmstore.sample import PASSWORD
from krbcheck.credentials.wallet import Secret
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.rest.vmstore import Reading, leaving, read_vmstore
from tests.support.vmstore import Peer, Peers


def until(true: object, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:  # type: ignore[operator]
        time.sleep(0.01)


def interrupted(peer: Peer, path: str) -> list[Reading]:
    """The reading that is interrupted at its first request for `path`; none if it has not ended yet."""
    leave, found = leaving(), list[Reading]()

    def read() -> None:
        found.append(read_vmstore(peer.url, "krbcheck", Secret(PASSWORD), peer.ca_file, 20.0, leave))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    until(lambda: peer.count(path))
    leave.now()
    thread.join(0.5)
    return found


def test_a_hanging_request_does_not_keep_the_session(vmstore: Peers) -> None:
    with vmstore.serving(Misbehavior("slow", "/api/v310/appliance")) as peer:
        interrupted(peer, "/appliance/default/info")
        assert peer.count("/session/login") == peer.count("/session/logout") == 1
        assert peer.simulator.sessions == {}


def test_after_its_request_the_reading_logs_out_itself(vmstore: Peers) -> None:
    busy = Misbehavior("many", "/api/v310/appliance", times=1)  # it waits for a second before it sends it again
    with vmstore.serving(busy) as peer:
        interrupted(peer, "/appliance/default/info")
        until(lambda: not peer.simulator.sessions)
        assert peer.count("/session/login") == 1, "no session is opened again"
        assert peer.simulator.sessions == {}
        assert peer.count("/datastore/default/smbSettings") == 0, "nothing is queried after the interrupt"


def test_an_interrupt_before_the_first_request_queries_nothing(vmstore: Peers) -> None:
    with vmstore.serving() as peer:
        leave = leaving()
        leave.now()
        try:
            read_vmstore(peer.url, "krbcheck", Secret(PASSWORD), peer.ca_file, 20.0, leave)
        except NoAnswer as none:
            assert none.gap is Gap.OUT_OF_TIME
        assert peer.requests == []
