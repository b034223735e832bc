"""The subjects of a site file for which no collection was made."""

from __future__ import annotations

from krbcheck.facts.scopes import Scope, Scopes, ScopeSubject

STORAGE = ScopeSubject("storage", "vmstore")
ALICE, BOB = ScopeSubject("tenant", "alice"), ScopeSubject("tenant", "bob")
PATH = ScopeSubject("data path", "vmstore-alice.tintri.com", "alice", ("vmstore", "10.77.11.30"))
BOB_SHARE = ScopeSubject("share", "BobVMs of vmstore", "bob")
BEFORE = Scope("station", ("alice",), "digest-1", (STORAGE, ALICE, PATH))


def added(*subjects: ScopeSubject, scopes: tuple[Scope, ...] = (BEFORE,), digest: str = "digest-2") -> list[str]:
    return [subject.shown for subject in Scopes(scopes).added(subjects, digest)]


def test_the_same_site_file_adds_nothing() -> None:
    assert added(ALICE, BOB_SHARE, digest="digest-1") == []


def test_a_recording_without_scopes_is_not_compared() -> None:
    assert added(ALICE, BOB_SHARE, scopes=()) == []


def test_a_subject_with_other_terms_is_added() -> None:
    moved = ScopeSubject(PATH.kind, PATH.name, PATH.tenant, ("vmstore", "10.77.11.99"))
    assert added(STORAGE, ALICE, moved) == ["data path vmstore-alice.tintri.com"]
    assert added(STORAGE, ALICE, PATH) == []


def test_of_an_added_tenant_only_the_tenant_is_returned() -> None:
    assert added(STORAGE, BOB, BOB_SHARE) == ["tenant bob"]


def test_a_collection_for_the_tenant_counts_before_those_for_others() -> None:
    """A collection for bob that was made before his share was stated; alice's host read the site file with it."""
    old = Scope("bob-hv01", ("bob",), "digest-1", (STORAGE, BOB))
    new = Scope("alice-hv01", ("alice",), "digest-2", (STORAGE, ALICE, BOB, BOB_SHARE))
    assert added(STORAGE, BOB, BOB_SHARE, scopes=(old, new)) == ["share BobVMs of vmstore"]
