"""spn.vmstore: the encryption types that a VMstore is set to, by its REST API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from krbcheck.facts.observation import Observed
from krbcheck.facts.vmstore import KerberosEncryption, RestRefusal, VmstoreAnswers
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Site, VmstoreApi
from tests.support.tenants import cloud, lines, site
from tests.support.vmstore_answers import AT, NOT_READ, vmstore_answer

__all__ = ["cloud", "lines", "site"]

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]


def stating(site: Site) -> Site:
    storage = replace(site.storages[0], vmstore_api=VmstoreApi("https://vmstore.tintri.com", "krbcheck"))
    return replace(site, storages=(storage,))


def types(*values: Any) -> VmstoreAnswers:
    """An answer for each host that queried it."""
    seen = [value if value is NOT_READ else Observed(value, "types", AT, "station") for value in values]
    return VmstoreAnswers(storages=tuple(vmstore_answer("vmstore", encryption_types=entry) for entry in seen))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param(types(KerberosEncryption(4)), "spn.vmstore/rc4-only", id="rc4"),
        pytest.param(types(KerberosEncryption(0)), "spn.vmstore/rc4-only", id="none"),
        pytest.param(types(KerberosEncryption(8)), "fine", id="aes128"),
        pytest.param(types(KerberosEncryption(16)), "fine", id="aes256"),
        pytest.param(types(KerberosEncryption(28)), "fine", id="all"),
        pytest.param(types(RestRefusal(404, "ERR-API-8001")), "unknown", id="no-such-property"),
        pytest.param(types(NOT_READ), "unknown", id="silent"),
        pytest.param(types(NOT_READ, KerberosEncryption(4)), "spn.vmstore/rc4-only", id="second-host"),
        pytest.param(VmstoreAnswers(), "unknown", id="not-queried"),
    ],
)
def test_the_encryption_types(lines: Lines, site: Site, answers: VmstoreAnswers, expected: str) -> None:
    assert lines("spn.vmstore", answers, of=stating(site)) == [f"{expected} - vmstore"]


def test_the_remedy_leaves_the_property_to_the_support(judged: Judged, site: Site) -> None:
    (found,) = judged("spn.vmstore", types(KerberosEncryption(4)), of=stating(site))
    assert isinstance(found, Finding)
    assert found.values["found"] == "encryption types 4 (RC4)"
    assert not [step.command for step in found.remedy if "PUT" in step.command or "systemProperty" in step.command]
    assert "Tintri's support" in found.remedy[1].says


def test_without_a_rest_api_it_is_not_applicable(lines: Lines, site: Site) -> None:
    assert lines("spn.vmstore", types(KerberosEncryption(4)), of=site) == []
