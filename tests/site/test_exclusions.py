"""Which hosts, names of PTR records, accounts and SIDs are excluded."""

from __future__ import annotations

from krbcheck.site.exclusions import BY_SITE_FILE, NOTHING, Exclusions

SID = "S-1-5-21-1-1-1-1999"
EXCLUDED = Exclusions(("svc-decoy@VMLEVEL.COM", "VMLEVEL\\Decoys", SID), ("decoy.vmlevel.com", "10.77.0.99"))


def test_a_host_is_excluded_by_its_name_its_address_and_its_ptr_record() -> None:
    for name in ("decoy.vmlevel.com", "DECOY.vmlevel.com.", "10.77.0.99", "99.0.77.10.in-addr.arpa"):
        assert EXCLUDED.host(name) == BY_SITE_FILE
    for name in ("", "vmdc1.vmlevel.com", "10.77.0.9"):
        assert EXCLUDED.host(name) == ""


def test_an_account_is_excluded_by_its_name_without_the_domain_or_its_sid() -> None:
    assert EXCLUDED.names_and_sids == {"svc-decoy", "decoys", SID}
    assert (EXCLUDED.sid(SID), EXCLUDED.sid("S-1-5-21-1-1-1-1101")) == (BY_SITE_FILE, "")
    assert EXCLUDED.without(["S-1-1-0", SID, "S-1-5-11"]) == ("S-1-1-0", "S-1-5-11")


def test_nothing_is_excluded_by_default() -> None:
    assert (NOTHING.host("x"), NOTHING.sid(SID), NOTHING.without([SID])) == ("", "", (SID,))
