"""A narrowed site sends queries for less, and states the same."""

from __future__ import annotations

from fixtures.scenarios import site_of
from krbcheck.site.narrowing import WHOLE, Focus, narrowed

SITE = site_of("healthy")
ALICE = frozenset({("alice", "alice-hv01$@VMLEVEL.COM")})
PATH = frozenset({("alice", "vmstore-alice.tintri.com")})


def test_without_a_focus_nothing_changes() -> None:
    assert narrowed(SITE, WHOLE) is SITE


def test_other_principals_stay_stated_without_their_secret() -> None:
    site = narrowed(SITE, Focus(principals=ALICE))
    assert [entry.name for _, entry in site.principals()] == [entry.name for _, entry in SITE.principals()]
    assert [entry.name for _, entry in site.principals() if entry.secret] == ["alice-hv01$@VMLEVEL.COM"]
    assert len(list(site.paths())) == len(list(SITE.paths())) > 1


def test_other_data_paths_are_left_out_and_all_shares_stay() -> None:
    site = narrowed(SITE, Focus(paths=PATH))
    assert [path.name for _, path in site.paths()] == ["vmstore-alice.tintri.com"]
    shares = [share.name for tenant in site.tenants for share in tenant.shares]
    assert shares == [share.name for tenant in SITE.tenants for share in tenant.shares]
    assert all(entry.secret for _, entry in site.principals())
