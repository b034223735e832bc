"""The registrations that a KDC looks up for the SPN of a data path (MS-ADTS 5.1.1.4, sPNMappings)."""

from __future__ import annotations

from krbcheck.windows.spn_forms import forms


def test_the_spn_itself_is_first_and_host_stands_for_its_class() -> None:
    assert forms("cifs/nas.tintri.com") == (
        "cifs/nas.tintri.com",
        "cifs/nas.tintri.com:445",
        "cifs/nas",
        "HOST/nas.tintri.com",
        "HOST/nas.tintri.com:445",
        "HOST/nas",
    )


def test_a_name_without_a_domain_is_listed_once() -> None:
    assert forms("cifs/nas") == ("cifs/nas", "cifs/nas:445", "HOST/nas", "HOST/nas:445")
