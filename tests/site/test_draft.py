"""A draft is a site file: what servers returned reads back as the same text, and never as YAML of their own."""

from __future__ import annotations

from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from krbcheck.site.draft import (
    BackupDraft,
    DomainDraft,
    Draft,
    Guess,
    PathDraft,
    PrincipalDraft,
    ShareDraft,
    StorageDraft,
    TenantDraft,
    comment,
    render,
    scalar,
    todos,
)
from krbcheck.site.reading import site_of
from krbcheck.site.stated import Access, Site


def site(draft: Draft) -> Site:
    return site_of(render(draft, ["drafted"]).encode(), "draft", Path("/x/draft.yaml"))


def full() -> Draft:
    tenant = TenantDraft(
        "alice",
        "named after vmstore-alice",
        [Guess("10.77.11.0/24", "guessed", todo=True)],
        [PathDraft("vmstore-alice.tintri.com", "vmstore", "10.77.11.30", "SPN")],
        [ShareDraft("AliceVMs", "full", "vmstore", "2 hosts")],
        [PrincipalDraft("hv1$@TINTRI.COM", "{keytab: hv1.keytab}"), PrincipalDraft("hv2$@TINTRI.COM", why="member")],
        [Guess("TINTRI\\Alice's Admins", "full access")],
    )
    return Draft(
        [DomainDraft("tintri.com", "krbcheck@TINTRI.COM", "{prompt: true}", ("10.0.0.1",))],
        [StorageDraft("vmstore", "VMSTORE$@TINTRI.COM", administrators=[Guess("TINTRI\\Domain Admins", "members")])],
        [tenant],
        [BackupDraft("vmstore", "TINTRI\\Backup", [PrincipalDraft("b$@TINTRI.COM")], "dpm-2016", "rights")],
    )


def test_a_full_draft_states_everything_that_was_found() -> None:
    stated = site(full())
    (alice,) = stated.tenants
    assert alice.networks == ("10.77.11.0/24",)
    assert [(path.name, path.address) for path in alice.data_paths] == [("vmstore-alice.tintri.com", "10.77.11.30")]
    assert [(share.name, share.access) for share in alice.shares] == [("AliceVMs", Access.FULL)]
    assert [principal.secret is not None for principal in alice.principals] == [True, False]
    assert alice.administrators == ("TINTRI\\Alice's Admins",)
    assert stated.storages[0].administrators == ("TINTRI\\Domain Admins",)
    assert stated.backups[0].group == "TINTRI\\Backup"


def test_what_is_missing_is_a_line_with_todo() -> None:
    lines = todos(render(full(), []))
    for words in ["TODO confirm: guessed", "TODO management", "TODO secret: {keytab: FILE}", "TODO name_servers"]:
        assert any(words in line for line in lines), words


def test_a_draft_of_a_domain_and_a_storage_is_a_site_file() -> None:
    draft = Draft([DomainDraft("tintri.com", notes=["TODO x"])], [StorageDraft("vmstore", "VMSTORE$@TINTRI.COM")])
    stated = site(draft)
    assert (stated.tenants, stated.domains[0].account) == ((), "")


def test_a_backup_without_a_product_is_a_comment() -> None:
    draft = full()
    draft.backups[0].product = ""
    assert site(draft).backups == ()
    text = render(draft, [])
    assert "# TODO backup: remove the # of the next lines, and replace PRODUCT: dpm-2012r2, dpm-2016, " in text
    before, _, after = text.partition("# backup:\n")
    uncommented = after.replace("#   - {product: PRODUCT", "  - {product: veeam")
    stated = site_of(f"{before}backup:\n{uncommented}".encode(), "draft", Path("/x/draft.yaml"))
    assert (stated.backups[0].product, stated.backups[0].group) == ("veeam", "TINTRI\\Backup")


@given(st.text())
def test_a_scalar_reads_back_as_the_same_text(text: str) -> None:
    kept = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    assert yaml.safe_load(f"[{scalar(text)}, x]") == [kept, "x"]


@given(st.text())
def test_a_comment_stays_on_its_line(text: str) -> None:
    assert yaml.safe_load(f"a: 1  # {comment(text)}\nb: 2") == {"a": 1, "b": 2}
