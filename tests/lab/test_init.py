"""`krbcheck init` on the healthy lab: a run with the draft has no problems; what is not determined is a TODO in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab
REALMS = ("VMLEVEL.COM", "TINTRI.COM", "FABRIC.COM")


def test_a_run_with_the_draft_is_clean_but_for_the_todos(lab: Lab, healthy_site: str) -> None:
    folder = Path(healthy_site).parent
    draft = folder / "drafted.yaml"
    draft.unlink(missing_ok=True)
    accounts = [f"--account=krbcheck@{realm}=file:{folder / realm.lower()}.secret" for realm in REALMS]
    domains = [f"--domain={realm.lower()}" for realm in REALMS]
    storages = ["--storage=VMSTORE$@TINTRI.COM", "--storage=FABSTORE$@FABRIC.COM", "--backup=dpm-2016"]
    try:
        made = lab.krbcheck(
            "station", "init", *domains, *storages, *accounts, f"--keytabs={folder}", f"--output={draft}"
        )
        text = draft.read_text()
        validated = lab.krbcheck("station", "validate", str(draft), "--try")
        report = lab.run(str(draft))
    finally:
        draft.unlink(missing_ok=True)
    assert "2 tenants, 3 data paths, 3 shares, 4 hosts" in made.stdout
    for stated in [
        "forest_search_order: [tintri.com]",
        "administrators: ['TINTRI\\Domain Admins']",
        "management: vmstore.tintri.com",
        "{name: AliceVMs, access: full, storage: vmstore}",
        "administrators: ['VMLEVEL\\Bob Admins']",
        "group: 'VMLEVEL\\Backup Hosts'",
    ]:
        assert stated in text, stated
    assert validated.code == 0, validated.stdout
    assert report.findings() == [], report.summary()
    assert {entry["says"].partition(" of ")[0] for entry in report.verdicts("unknown")} == {
        "the site file states no tickets"
    }
    assert "TODO tickets: {ccache: FILE} at each principal" in text


def test_a_rejected_password_is_reported_before_anything_is_written(lab: Lab, healthy_site: str) -> None:
    from tests.lab.conftest import KRBCHECK

    folder = Path(healthy_site).parent
    draft, wrong = folder / "drafted.yaml", folder / "wrong.secret"
    wrong.touch(0o600)
    wrong.write_text("not the password of this account")
    words = ["--domain=vmlevel.com", "--storage=VMSTORE$@TINTRI.COM", f"--account=krbcheck@VMLEVEL.COM=file:{wrong}"]
    try:
        ended = lab.execute("station", str(KRBCHECK), "init", *words, f"--output={draft}")
    finally:
        wrong.unlink()
    assert ended.code == 2
    assert "the credential of krbcheck@VMLEVEL.COM was rejected: vmdc1.vmlevel.com: " in ended.stderr
    assert "KDC_ERR_PREAUTH_FAILED (24); nothing was written" in ended.stderr
    assert not draft.exists()


def test_a_site_file_of_a_domain_and_a_storage_is_enough_for_a_first_report(lab: Lab, healthy_site: str) -> None:
    site = Path(healthy_site).with_name("two.yaml")
    domain = "domains: {tintri.com: {account: krbcheck@TINTRI.COM, secret: {file: tintri.com.secret}}}"
    site.write_text(f"krbcheck: 1\n{domain}\nstorage: {{vmstore: {{account: 'VMSTORE$@TINTRI.COM'}}}}\n")
    try:
        report = lab.run(str(site))
    finally:
        site.unlink()
    assert report.findings() == [], report.summary()
    fine = {entry["subject"] for entry in report.verdicts("fine")}
    assert {"vmstore-alice.tintri.com", "vmstore-bob.tintri.com"} <= fine
    assert "tenants: found alice, bob by the SPNs of the storage; krbcheck init writes them" in report.stderr


def test_a_first_report_with_a_rejected_password_states_the_rejection(lab: Lab, healthy_site: str) -> None:
    folder = Path(healthy_site).parent
    site, wrong = folder / "two.yaml", folder / "wrong.secret"
    wrong.touch(0o600)
    wrong.write_text("neither the password of this account")
    domain = "domains: {tintri.com: {account: krbcheck@TINTRI.COM, secret: {file: wrong.secret}}}"
    site.write_text(f"krbcheck: 1\n{domain}\nstorage: {{vmstore: {{account: 'VMSTORE$@TINTRI.COM'}}}}\n")
    try:
        report = lab.run(str(site))
    finally:
        site.unlink()
        wrong.unlink()
    said = [entry["says"] for entry in report.verdicts("unknown") if entry["subject"] == "krbcheck@TINTRI.COM"]
    assert [words for words in said if "KDC_ERR_PREAUTH_FAILED (24)" in words] == said != []
