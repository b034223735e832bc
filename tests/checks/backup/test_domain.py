"""backup.domain: the trusts between the domains of accounts, DPM servers and storages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from krbcheck.facts.directory import Directories, DomainIdentity, IdentityAnswer
from krbcheck.facts.observation import Observed
from krbcheck.facts.share_access import Memberships, ShareAccess
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Site
from tests.support.trust import AT, Made

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
HOST, SERVER = "alice-hv01$@VMLEVEL.COM", "dpm01.tintri.com"
DPM, VEEAM = f"alice {HOST} with {SERVER}", f"alice {HOST} with vmstore"


def stating(site: Site, server: str = SERVER, product: str = "dpm-2016", mode: str = "") -> Site:
    return replace(site, backups=(replace(site.backups[0], product=product, server=server, mode=mode),))


def facts(known: Directories) -> tuple[Any, ...]:
    return known, Memberships(), ShareAccess()


def directions(hosts: int, storage: int) -> Directories:
    return Made.sides(Made.trust("tintri.com", hosts), Made.trust("vmlevel.com", storage))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(directions(3, 3), "fine", id="both"),
        pytest.param(directions(1, 2), "backup.domain/one-way", id="tintri-trusts"),
        pytest.param(directions(2, 1), "backup.domain/one-way", id="vmlevel-trusts"),
        pytest.param(directions(3, 2), "backup.domain/one-way", id="one-object-less"),
        pytest.param(Made.sides("", ""), "backup.domain/untrusted", id="none"),
        pytest.param(Made.sides(Made.trust("tintri.com"), ""), "backup.domain/untrusted", id="one-side"),
        pytest.param(Made.sides(None, ""), "backup.domain/untrusted", id="one-side-not-read"),
        pytest.param(Made.sides(Made.trust("tintri.com"), None), "unknown", id="other-side-not-read"),
        pytest.param(Made.sides(None, None), "unknown", id="silent"),
    ],
)
def test_the_trust_with_the_domain_of_the_server(lines: Lines, site: Site, known: Directories, expected: str) -> None:
    assert lines("backup.domain", *facts(known), of=stating(site)) == [f"{expected} {DPM}"]
    off_host = stating(site, "", "veeam", "off-host")
    assert lines("backup.domain", *facts(known), of=off_host) == [f"{expected} {VEEAM}"]


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        pytest.param("dpm01.vmlevel.com", "fine", id="own-domain"),
        pytest.param("dpm01.example.net", "unknown", id="not-in-the-site"),
        pytest.param("dpm01vmlevel.com", "unknown", id="only-ends-so"),
    ],
)
def test_the_domain_of_the_server(lines: Lines, site: Site, server: str, expected: str) -> None:
    found = lines("backup.domain", *facts(Made.sides("", "")), of=stating(site, server))
    assert found == [f"{expected} alice {HOST} with {server}"]


def test_domains_of_one_forest_trust_each_other(lines: Lines, site: Site) -> None:
    identities = tuple(
        IdentityAnswer(domain, "dc", Observed(DomainIdentity(domain[:4], "S-1-5-21-1", "root.com"), "asked", AT, ""))
        for domain in ("vmlevel.com", "tintri.com")
    )
    known = replace(Made.sides("", ""), identities=identities)
    assert lines("backup.domain", *facts(known), of=stating(site)) == [f"fine {DPM}"]


def test_the_finding_names_the_direction_of_each_side(judged: Judged, site: Site) -> None:
    (found,) = judged("backup.domain", *facts(directions(1, 2)), of=stating(site))
    assert isinstance(found, Finding)
    assert found.values["found"] == "inbound at vmlevel.com; outbound at tintri.com"


@pytest.mark.parametrize(
    ("server", "product", "mode"), [("", "dpm-2016", ""), ("", "veeam", "on-host"), ("", "commvault", "")]
)
def test_without_a_server_or_a_proxy_no_trust_is_needed(
    lines: Lines, site: Site, server: str, product: str, mode: str
) -> None:
    assert lines("backup.domain", *facts(Made.sides("", "")), of=stating(site, server, product, mode)) == []
