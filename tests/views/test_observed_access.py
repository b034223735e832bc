"""One cell: what the site expects beside what a session showed. Masks are those of MS-SMB2 2.2.13.1.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krbcheck.facts.smb import SessionKind, SmbSetUp, TreeReply
from krbcheck.site.expected_access import Expected
from krbcheck.views.observed_access import Outcome, Wall, held, judged, judged_uninvited

FULL, CHANGE, READ, BY_RIGHTS = 0x1F01FF, 0x1301BF, 0x1200A9, 0x011F01BF
DENIED, NO_SHARE, LOGON_FAILURE, SHARING = 0xC0000022, 0xC00000CC, 0xC000006D, 0xC0000043
AS, BREACH, OUT, LESS, OPEN = (
    Outcome.AS_EXPECTED,
    Outcome.BREACH,
    Outcome.LOCKED_OUT,
    Outcome.LESS,
    Outcome.UNKNOWN,
)


def tree(access: int, root: int | None = 0, root_access: int | None = FULL, listed: int | None = None) -> TreeReply:
    return TreeReply("A", 0, maximal_access=access, root=root, root_access=root_access, listed=listed)


def session(*trees: TreeReply, flags: int = 0, cut: str = "") -> SmbSetUp:
    return SmbSetUp(0, flags=flags, dialect=0x311, trees=trees, cut=cut)


CELLS = [
    pytest.param("full", session(tree(FULL)), AS, None, id="full"),
    pytest.param("read", session(tree(FULL)), AS, None, id="more-than-stated"),
    pytest.param("full", session(tree(CHANGE)), LESS, Wall.SHARE, id="share-grants-less"),
    pytest.param("change", session(tree(CHANGE, root_access=CHANGE)), AS, None, id="change"),
    pytest.param("read", session(tree(READ, root_access=READ)), AS, None, id="read"),
    pytest.param("full", session(tree(FULL, root_access=READ)), LESS, Wall.FOLDER, id="folder-grants-less"),
    pytest.param("full", session(tree(FULL, DENIED, READ, 0)), LESS, Wall.FOLDER, id="folder-lists-only"),
    pytest.param("full", session(tree(FULL, DENIED, None, 0)), LESS, Wall.FOLDER, id="folder-lists-and-tells-nothing"),
    pytest.param("full", session(tree(FULL, DENIED, None, DENIED)), OUT, Wall.FOLDER, id="folder-refuses"),
    pytest.param("full", session(TreeReply("A", DENIED)), OUT, Wall.SHARE, id="share-refuses"),
    pytest.param("full", session(TreeReply("A", NO_SHARE)), OPEN, None, id="no-such-share"),
    pytest.param("full", session(tree(FULL, SHARING, None)), OPEN, None, id="folder-in-use"),
    pytest.param("full", session(tree(FULL, None, None), cut="reset"), OPEN, None, id="cut-before-the-folder"),
    pytest.param("full", session(cut="reset"), OPEN, None, id="cut-before-the-share"),
    pytest.param("full", session(tree(FULL), flags=1), OPEN, None, id="guest"),
    pytest.param("full", SmbSetUp(LOGON_FAILURE, dialect=0x311), OUT, Wall.SESSION, id="session-refused"),
    *(
        pytest.param("full", SmbSetUp(full, dialect=0x311), OPEN, None, id=f"no-room-{full:X}")
        for full in (0xC0000017, 0xC00000CE, 0xC000012D, 0xC0000196, 0xC0000246, 0xC0000259)
    ),
    pytest.param("full", SmbSetUp(0xC000015A, dialect=0x311), OUT, Wall.SESSION, id="too-many-groups"),
    pytest.param("full", SmbSetUp(0xC00000BB), OPEN, None, id="negotiate-refused"),
    pytest.param("refused", session(TreeReply("A", DENIED)), AS, None, id="refused"),
    pytest.param("refused", session(TreeReply("A", NO_SHARE)), AS, None, id="hidden"),
    pytest.param("refused", session(tree(READ)), BREACH, Wall.SHARE, id="let-in"),
    pytest.param("refused", session(tree(FULL, DENIED, None)), BREACH, Wall.SHARE, id="folder-is-the-last-wall"),
    pytest.param("refused", session(tree(READ), flags=1), OPEN, None, id="guest-let-in"),
    pytest.param("refused", session(TreeReply("A", DENIED), flags=1), OPEN, None, id="guest-refused"),
    pytest.param("refused", SmbSetUp(LOGON_FAILURE, dialect=0x311), OPEN, None, id="refused-without-session"),
    pytest.param("any", session(tree(FULL)), AS, None, id="administrator-let-in"),
    pytest.param("any", session(TreeReply("A", DENIED)), AS, None, id="administrator-refused"),
]


@pytest.mark.parametrize(("stated", "said", "outcome", "wall"), CELLS)
def test_a_cell(stated: str, said: SmbSetUp, outcome: Outcome, wall: Wall | None) -> None:
    found = judged(Expected(stated), said, "a")
    assert (found.outcome, found.wall) == (outcome, wall)
    assert bool(found.says) == (outcome is OPEN or wall is Wall.SESSION), "what is unknown says why"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (tree(FULL), "full (0x001F01FF)"),
        (tree(BY_RIGHTS, root_access=None), "change, with backup or restore rights (0x011F01BF)"),
        (tree(FULL, DENIED, None), "full (0x001F01FF) by the share, but the root folder denies access"),
        (tree(FULL, root_access=READ), "full (0x001F01FF) by the share, read (0x001200A9) by the root folder"),
        (tree(FULL, root_access=0x1201BF), "full (0x001F01FF)"),
        (TreeReply("A", DENIED), "STATUS_ACCESS_DENIED (0xC0000022)"),
    ],
)
def test_what_is_held_in_words(reply: TreeReply, words: str) -> None:
    assert held(reply).startswith(words)


@given(st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 32) - 1), st.sampled_from(list(Expected)))
def test_more_access_is_never_worse_for_its_owner_and_never_better_for_others(
    mask: int, more: int, stated: Expected
) -> None:
    less, greater = (
        judged(stated, session(tree(entry, root_access=entry)), "A").outcome for entry in (mask, mask | more)
    )
    assert not (less is AS and greater is not AS)
    assert (stated is Expected.REFUSED) == (less is BREACH)


@pytest.mark.parametrize(
    ("kind", "said", "outcome", "wall"),
    [
        pytest.param(SessionKind.ANONYMOUS, SmbSetUp(LOGON_FAILURE, dialect=0x311), AS, Wall.SESSION, id="no-session"),
        pytest.param(SessionKind.ANONYMOUS, session(TreeReply("A", DENIED), flags=2), AS, None, id="anonymous-refused"),
        pytest.param(SessionKind.ANONYMOUS, session(tree(READ), flags=2), BREACH, Wall.SHARE, id="anonymous-let-in"),
        pytest.param(SessionKind.ANONYMOUS, session(flags=2, cut="reset"), OPEN, None, id="anonymous-cut"),
        pytest.param(SessionKind.MADE_UP, session(TreeReply("A", DENIED), flags=1), BREACH, Wall.SESSION, id="a-guest"),
        pytest.param(SessionKind.MADE_UP, session(tree(READ), flags=1), BREACH, Wall.SHARE, id="a-guest-let-in"),
    ],
)
def test_a_cell_of_a_session_without_an_account(
    kind: SessionKind, said: SmbSetUp, outcome: Outcome, wall: Wall | None
) -> None:
    """As smb.session judges it: whoever does not exist may not even be logged on as Guest."""
    found = judged_uninvited(kind, said, "a")
    assert (found.outcome, found.wall) == (outcome, wall)


def test_a_null_session_is_not_the_principals() -> None:
    found = judged(Expected.FULL, session(tree(FULL), flags=2), "a")
    assert (found.outcome, "smb.session" in found.says) == (Outcome.UNKNOWN, True)
