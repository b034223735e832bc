"""Every Kerberos error and NTSTATUS leads to checks that exist."""

from __future__ import annotations

from krbcheck.judging.registry import load
from krbcheck.windows.first_checks import OF_KRB, OF_STATUS, WIN32_OF, of_krb, of_status
from krbcheck.windows.kerberos_errors import KRB_CODES
from krbcheck.windows.ntstatus import NTSTATUS
from krbcheck.windows.symptoms import WIN32


def test_every_code_leads_to_checks_that_exist() -> None:
    known = set(load())
    assert {check for code in KRB_CODES for check in of_krb(code)} <= known
    assert {check for status in NTSTATUS for check in of_status(status)} <= known
    assert all(of_krb(code) for code in KRB_CODES)


def test_the_tables_name_codes_that_exist() -> None:
    assert set(OF_KRB) <= set(KRB_CODES)
    assert {*OF_STATUS, *WIN32_OF} <= set(NTSTATUS)
    assert set(WIN32_OF.values()) <= set(WIN32)
    assert not set(OF_STATUS) & set(WIN32_OF)


def test_the_usual_ones_lead_to_their_cause() -> None:
    assert of_status(0xC0000022) == WIN32[5].first
    assert of_status(0xC000006D)[:2] == ("spn.owner", "spn.unique")
    assert of_krb(7)[0] == "spn.exists"
    assert of_krb(37) == ("time.skew",)
