"""A simulated VMstore for the tests of this folder, and a site that states it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from krbcheck.site.stated import SecretKind, SecretSource, Site, VmstoreApi
from tests.support.vmstore import Peer, Peers, make_peers

SOURCE = SecretSource(SecretKind.ENV, "KRBCHECK_VMSTORE", 17)


@pytest.fixture(scope="session")
def vmstore(tmp_path_factory: pytest.TempPathFactory) -> Peers:
    return make_peers(tmp_path_factory.mktemp("vmstore"))


@pytest.fixture
def stating(cloud: Site) -> Callable[[Peer], Site]:
    """The site whose storage has its REST API at a peer."""

    def site(peer: Peer) -> Site:
        api = VmstoreApi(peer.url, "krbcheck", SOURCE, peer.ca_file)
        return replace(cloud, storages=tuple(replace(storage, vmstore_api=api) for storage in cloud.storages))

    return site
