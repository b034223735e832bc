"""backup.product: DPM against the hosts' Windows versions and the storage; what is inferred about the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Site

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
HOST, STORAGE = "alice-hv01$@VMLEVEL.COM", "VMSTORE$@TINTRI.COM"


def answer(name: str, system: str | None, version: str = "") -> AccountAnswer:
    """`system` None is a directory that does not contain the account."""
    account = Account(f"CN={name}", name, "S-1-5-21-1", system=system or "", system_version=version)
    seen = Observed(Accounts((account,) if system is not None else ()), "asked", AT, "station")
    return AccountAnswer("vmlevel.com", "vmdc1", name, seen)


def directories(host: str | None, version: str = "", storage: str | None = "") -> Directories:
    return Directories(accounts=(answer(HOST, host, version), answer(STORAGE, storage)))


def stating(site: Site, product: str) -> Site:
    return msgspec.structs.replace(site, backups=(msgspec.structs.replace(site.backups[0], product=product),))


@pytest.mark.parametrize(
    ("product", "supported", "unsupported"),
    [
        ("dpm-2012r2", ("2008 R2", "2012", "2012 R2"), ("2016", "2019", "2022", "2025")),
        ("dpm-2016", ("2008 R2", "2012", "2012 R2", "2016"), ("2019", "2022", "2025")),
        ("dpm-2019", ("2012", "2012 R2", "2016", "2019", "2022"), ("2008 R2", "2025")),
        ("dpm-2022", ("2016", "2019", "2022"), ("2008 R2", "2012", "2012 R2", "2025")),
        ("dpm-2025", ("2019", "2022", "2025"), ("2008 R2", "2012", "2012 R2", "2016")),
    ],
)
def test_the_matrix_of_dpm_and_windows(
    lines: Lines, site: Site, product: str, supported: tuple[str, ...], unsupported: tuple[str, ...]
) -> None:
    """Microsoft, "What can DPM back up", and the matrix of DPM 2012 R2 of 2016-11-29."""
    of = stating(site, product)
    for release in (*supported, *unsupported):
        known = directories(f"Windows Server {release} Datacenter", storage="Windows Server 2012 R2 Standard")
        outcome = "fine" if release in supported else "backup.product/unsupported"
        assert lines("backup.product", known, of=of)[-1] == f"{outcome} alice {product} with {HOST}", release


@pytest.mark.parametrize(
    ("system", "version", "expected"),
    [
        pytest.param("Windows Server 2016 Standard", "10.0 (14393)", "fine", id="name"),
        pytest.param("Hyper-V Server 2016", "10.0 (14393)", "fine", id="hyper-v-server"),
        pytest.param("Windows Server\xae 2012 Standard", "6.2 (9200)", "fine", id="registered-sign"),
        pytest.param("Windows Server Datacenter", "10.0 (14393)", "fine", id="by-build"),
        pytest.param("Windows Server Datacenter", "10.0 (17134)", "unknown", id="semi-annual"),
        pytest.param("Windows 11 Pro", "10.0 (22631)", "unknown", id="no-server"),
        pytest.param("Samba", "4.17.12", "unknown", id="samba"),
        pytest.param("", "", "unknown", id="absent"),
        pytest.param(None, "", "unknown", id="no-such-account"),
        pytest.param("Windows Server 2025 Datacenter", "10.0 (26100)", "backup.product/unsupported", id="newer"),
    ],
)
def test_what_an_account_states(lines: Lines, system: str | None, version: str, expected: str) -> None:
    known = directories(system, version)
    assert lines("backup.product", known) == ["fine - dpm-2016 with vmstore", f"{expected} alice dpm-2016 with {HOST}"]


@pytest.mark.parametrize(
    ("storage", "expected"),
    [
        pytest.param("Windows Server 2012 R2 Standard", "fine", id="windows"),
        pytest.param("Samba", "backup.product/unsupported", id="samba"),
        pytest.param("", "backup.product/unsupported", id="an-appliance-states-none"),
        pytest.param(None, "unknown", id="no-such-account"),
    ],
)
def test_dpm_2012_r2_needs_a_windows_file_server(lines: Lines, site: Site, storage: str | None, expected: str) -> None:
    known = directories("Windows Server 2012 R2 Standard", storage=storage)
    assert lines("backup.product", known, of=stating(site, "dpm-2012r2"))[0] == f"{expected} - dpm-2012r2 with vmstore"


def test_the_remedy_is_a_newer_dpm_or_a_newer_host(judged: Judged, site: Site) -> None:
    remedies = {}
    for product, release in (("dpm-2016", "2022"), ("dpm-2022", "2012 R2")):
        found = judged("backup.product", directories(f"Windows Server {release}"), of=stating(site, product))[-1]
        assert isinstance(found, Finding)
        assert found.values["found"] == f"it runs Windows Server {release}"
        remedies[product] = " ".join(step.says for step in found.remedy)
    assert "Upgrade DPM to dpm-2019" in remedies["dpm-2016"]
    assert "upgrade it to Windows Server 2022" in remedies["dpm-2022"]


def test_what_is_inferred_is_a_note_that_says_so(judged: Judged, site: Site) -> None:
    for product in ("veeam", "commvault"):
        (found,) = judged("backup.product", directories("Windows Server 2019"), of=stating(site, product))
        assert isinstance(found, Finding)
        assert (found.code, found.severity) == ("backup.product/inferred", "note")
        assert "is inferred" in str(found.values["found"])


def test_nothing_is_inferred_about_a_windows_file_server(lines: Lines, site: Site) -> None:
    known = directories("Windows Server 2019", storage="Windows Server 2022 Standard")
    assert lines("backup.product", known, of=stating(site, "veeam")) == ["fine - veeam with vmstore"]


def test_directories_that_do_not_answer(lines: Lines, site: Site) -> None:
    silence = Unobserved(Gap.TIMED_OUT, "no answer", "asked", AT, "station")
    known = Directories(
        accounts=tuple(AccountAnswer("vmlevel.com", "vmdc1", name, silence) for name in (HOST, STORAGE))
    )
    for facts in (known, Directories()):
        assert lines("backup.product", facts, of=stating(site, "dpm-2012r2")) == [
            "unknown - dpm-2012r2 with vmstore",
            f"unknown alice dpm-2012r2 with {HOST}",
        ]
