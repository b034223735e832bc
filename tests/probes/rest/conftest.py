"""A simulated VMstore for the tests of this folder."""

from __future__ import annotations

import pytest

from tests.support.vmstore import Peers, make_peers


@pytest.fixture(scope="session")
def vmstore(tmp_path_factory: pytest.TempPathFactory) -> Peers:
    return make_peers(tmp_path_factory.mktemp("vmstore"))
