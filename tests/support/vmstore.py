"""A simulated VMstore on loopback, and its readings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fixtures.vmstore.app import Seen, Simulator
from fixtures.vmstore.certificates import authority, write_certificate
from fixtures.vmstore.contents import Behavior, Contents, Misbehavior, Switches
from fixtures.vmstore.sample import PASSWORD, SAMPLE
from fixtures.vmstore.serving import served
from krbcheck.credentials.wallet import Secret
from krbcheck.probes.rest.vmstore import Reading, read_vmstore

NAMES = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Peer:
    """A running simulation: where it is, and the certificate of its authority."""

    simulator: Simulator
    url: str
    ca_file: str

    def read(self, *, account: str = "krbcheck", password: str = PASSWORD, seconds: float = 60.0) -> Reading:
        return read_vmstore(self.url, account, Secret(password), self.ca_file, seconds)

    @property
    def requests(self) -> list[Seen]:
        return self.simulator.requests

    def count(self, path: str) -> int:
        """The requests for a path below the API."""
        return sum(request.path == f"/api/v310{path}" for request in self.requests)


@dataclass(frozen=True)
class Peers:
    """Makes simulations whose certificates are of one authority."""

    folder: Path
    ca_file: str
    certificate: Path

    @contextmanager
    def serving(
        self,
        *misbehaviors: Misbehavior,
        contents: Contents = SAMPLE,
        switches: Switches | None = None,
        certificate: Path | None = None,
        old_tls: bool = False,
    ) -> Iterator[Peer]:
        behavior = Behavior(switches=switches or Switches(), misbehaviors=misbehaviors)
        simulator = Simulator(lambda: contents, lambda: behavior)
        with served(simulator.app, certificate or self.certificate, old_tls=old_tls) as port:
            yield Peer(simulator, f"https://localhost:{port}", self.ca_file)


def make_peers(folder: Path) -> Peers:
    """Makes an authority, and the certificates of a simulation: a valid one, `expired.pem`, and `other.pem`."""
    signer = authority()
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(signer.pem)
    write_certificate(folder / "valid.pem", signer, NAMES)
    write_certificate(folder / "expired.pem", signer, NAMES, expired=True)
    write_certificate(folder / "other.pem", signer, ("other.tintri.com",))
    return Peers(folder, str(ca_file), folder / "valid.pem")
