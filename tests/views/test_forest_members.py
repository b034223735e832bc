"""A group that contains an account of another domain of the forest by its DN: the chain is not determined."""

from __future__ import annotations

import pytest

from krbcheck.facts.share_access import GROUP, Trustee
from krbcheck.views.forest_members import unresolved

ACCESS = "S-1-5-21-2-2-2-2001"
DN = "CN=hv01,OU=Hosts,DC=emea,DC=tintri,DC=com"
HELD = {"tintri.com": {ACCESS: Trustee(ACCESS, "TINTRI\\Access", GROUP, outside=(DN,))}}


def test_an_account_of_that_domain_may_be_in_the_group() -> None:
    says = f"TINTRI\\Access contains {DN} of another domain of its forest, which was not resolved"
    assert unresolved(HELD, "emea.tintri.com", ()) == says


@pytest.mark.parametrize("home", ["tintri.com", "vmlevel.com", "mea.tintri.com", "com"])
def test_accounts_of_other_domains_are_not_concerned(home: str) -> None:
    assert unresolved(HELD, home, ()) == ""


def test_who_is_in_the_group_anyway_is_not_concerned() -> None:
    assert unresolved(HELD, "emea.tintri.com", {ACCESS}) == ""
