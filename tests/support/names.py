"""A name server on loopback that says what a test wants it to say; a site, and checks judged on hand-made facts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import msgspec
import pytest

from krbcheck.site.stated import DataPath, Domain, Principal, Site, Storage, Tenant

Answering = Callable[[bytes], bytes | None]
Serve = Callable[..., int]


def one_port() -> tuple[socket.socket, socket.socket]:
    """UDP and TCP under the same number: one that is free for UDP may be taken for TCP."""
    while True:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        try:
            return udp, socket.create_server(udp.getsockname())
        except OSError:
            udp.close()


@contextmanager
def name_server(by_udp: Answering, by_tcp: Answering | None = None) -> Iterator[int]:
    """Its port. An answering function gets the question's bytes; None is silence."""
    udp, tcp = one_port()
    with udp, tcp:
        port: int = udp.getsockname()[1]

        def serve_udp() -> None:
            while True:
                question, peer = udp.recvfrom(65535)
                if not question:
                    return
                if (answer := by_udp(question)) is not None:
                    udp.sendto(answer, peer)

        def serve_tcp() -> None:
            assert by_tcp
            channel, _ = tcp.accept()
            with channel:
                size = int.from_bytes(channel.recv(2), "big")
                answer = by_tcp(channel.recv(size))
                if answer is not None:
                    channel.sendall(len(answer).to_bytes(2, "big") + answer)

        threads = [threading.Thread(target=serve_udp, daemon=True)]
        if by_tcp:
            threads.append(threading.Thread(target=serve_tcp, daemon=True))
        for thread in threads:
            thread.start()
        yield port
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", ("127.0.0.1", port))
        for thread in threads:
            thread.join(5)


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as servers:
        yield lambda *answering: servers.enter_context(name_server(*answering))


def tenant(name: str, number: int) -> Tenant:
    return Tenant(
        name,
        networks=(f"10.77.{number}.0/24",),
        name_servers=(f"10.77.{number}.1",),
        data_paths=(DataPath(f"vmstore-{name}.tintri.com", "vmstore", f"10.77.{number}.30"),),
        principals=(Principal(f"{name}-hv01$@VMLEVEL.COM"),),
    )


@pytest.fixture
def site() -> Site:
    return Site(
        "lab",
        domains=(
            Domain("vmlevel.com", name_servers=("10.77.0.10",)),
            Domain("tintri.com", name_servers=("10.77.0.20",)),
        ),
        storages=(Storage("vmstore", "VMSTORE$@TINTRI.COM"),),
        tenants=(tenant("alice", 11), tenant("bob", 12)),
    )


def managed(site: Site, management: str = "10.77.0.40", *ports: int) -> Site:
    """The site with a storage that has a management address."""
    storage = Storage("vmstore", "VMSTORE$@TINTRI.COM", management=management, ports=ports)
    return msgspec.structs.replace(site, storages=(storage,))


@pytest.fixture
def cloud(site: Site) -> Site:
    """What `judged` judges."""
    return site


@pytest.fixture
def lines(in_order: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """In the order in which the check says them."""
    return in_order
