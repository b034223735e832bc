"""One cell of the access matrix: what a principal was observed to reach at a share, beside what the site states.

Pure, and the one judgement of it: the isolation checks and `krbcheck matrix` both use it.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from krbcheck.facts.smb import SessionKind, SmbSetUp, TreeReply
from krbcheck.site.expected_access import FOLDER_NEEDED, NEEDED, Expected
from krbcheck.site.stated import Access
from krbcheck.windows.access_masks import access_word, access_words
from krbcheck.windows.ntstatus import (
    STATUS_ACCESS_DENIED,
    STATUS_BAD_NETWORK_NAME,
    STATUS_NETWORK_ACCESS_DENIED,
    STATUS_SUCCESS,
    ntstatus_name,
)

DENIED = (STATUS_ACCESS_DENIED, STATUS_NETWORK_ACCESS_DENIED)
REFUSED = (*DENIED, STATUS_BAD_NETWORK_NAME)
NO_ACCESS = "refused"

NO_ROOM = (0xC0000017, 0xC000009A, 0xC00000CE, 0xC00000D0, 0xC000012D, 0xC0000196, 0xC0000205, 0xC0000246, 0xC0000259,
           0xC0000466)  # fmt: skip
"""STATUS_NO_MEMORY, INSUFFICIENT_RESOURCES, TOO_MANY_SESSIONS, REQUEST_NOT_ACCEPTED, COMMITMENT_LIMIT,
REMOTE_SESSION_LIMIT, INSUFF_SERVER_RESOURCES, CONNECTION_COUNT_LIMIT, LICENSE_QUOTA_EXCEEDED, SERVER_UNAVAILABLE
(MS-ERREF 2.3.1)."""


class Outcome(StrEnum):
    AS_EXPECTED = "as-expected"
    BREACH = "breach"
    LOCKED_OUT = "locked-out"
    LESS = "less-than-stated"
    UNKNOWN = "unknown"


class Wall(StrEnum):
    """What stands between a principal and a folder."""

    SESSION = "the session"
    SHARE = "the share permissions"
    FOLDER = "the root folder"


class Judged(msgspec.Struct, frozen=True):
    """`found` is the observed access as text; `wall` is what denies the rest; `says` is why it is not determined.

    `word` is the short name of the observed access, empty if nothing was observed.
    """

    outcome: Outcome
    found: str = ""
    wall: Wall | None = None
    says: str = ""
    word: str = ""


def judged(stated: Expected, said: SmbSetUp, share: str) -> Judged:
    """Returns the access of one principal's session to one share."""
    found = _judged(stated, said, share)
    return msgspec.structs.replace(found, word=_word(found, said.tree(share))) if found.found else found


def _word(found: Judged, tree: TreeReply | None) -> str:
    if found.outcome is Outcome.LOCKED_OUT or tree is None or tree.status != STATUS_SUCCESS:
        return NO_ACCESS
    if found.wall is not Wall.FOLDER:
        return access_word(tree.maximal_access)
    return "listing alone" if tree.root_access is None else access_word(tree.root_access)


def _judged(stated: Expected, said: SmbSetUp, share: str) -> Judged:
    if not said.accepted:
        return _without_session(stated, said)
    if said.impersonal:
        return Judged(Outcome.UNKNOWN, says="the session is Guest's or anonymous, not its own (see smb.session)")
    tree = said.proved_tree(share)
    if tree is None:
        return Judged(Outcome.UNKNOWN, says=said.cut or f"{share} was not tested")
    if stated is Expected.REFUSED and tree.status == STATUS_SUCCESS:
        return Judged(Outcome.BREACH, held(tree), Wall.SHARE)
    if says := _undecided(stated, tree, said):
        return Judged(Outcome.UNKNOWN, says=says)
    if stated in (Expected.REFUSED, Expected.ANY):
        return Judged(Outcome.AS_EXPECTED, held(tree))
    return _own(Access(stated), tree)


def judged_uninvited(kind: SessionKind, said: SmbSetUp, share: str) -> Judged:
    """Returns the access of a session without an account to one share, as smb.session judges it.

    No share may grant access to an anonymous session, and a user that does not exist must have no session.
    """
    found = _judged_uninvited(kind, said, share)
    if found.wall is Wall.SESSION and found.outcome is Outcome.BREACH:
        return msgspec.structs.replace(found, word=said.summary())
    return msgspec.structs.replace(found, word=_word(found, said.tree(share))) if found.found else found


def _judged_uninvited(kind: SessionKind, said: SmbSetUp, share: str) -> Judged:
    if not said.accepted:
        return Judged(Outcome.AS_EXPECTED, said.summary(), Wall.SESSION)
    tree = said.tree(share)
    if tree is not None and tree.status == STATUS_SUCCESS:
        return Judged(Outcome.BREACH, held(tree), Wall.SHARE)
    if kind is SessionKind.MADE_UP:
        return Judged(Outcome.BREACH, said.summary(), Wall.SESSION)
    if tree is None:
        return Judged(Outcome.UNKNOWN, says=said.cut or f"{share} was not connected to")
    if says := _undecided(Expected.REFUSED, tree, said):
        return Judged(Outcome.UNKNOWN, says=says)
    return Judged(Outcome.AS_EXPECTED, held(tree))


def _without_session(stated: Expected, said: SmbSetUp) -> Judged:
    """Judges a rejected session. A storage without resources, or without a common dialect, proves nothing about it."""
    if not said.dialect:
        return Judged(Outcome.UNKNOWN, says=f"the storage rejects NEGOTIATE with {said.summary()} (see smb.dialect)")
    says = f"the storage rejects the session: {said.summary()} (see smb.session)"
    if stated in (Expected.REFUSED, Expected.ANY) or said.status in NO_ROOM:
        return Judged(Outcome.UNKNOWN, says=says)
    return Judged(Outcome.LOCKED_OUT, said.summary(), Wall.SESSION, says)


def _undecided(stated: Expected, tree: TreeReply, said: SmbSetUp) -> str:
    """Returns why the answers do not determine the principal's access; empty if they do."""
    others = stated in (Expected.REFUSED, Expected.ANY)
    if tree.redirected:
        return "the storage redirects to another node, which was not tested"
    if tree.status == STATUS_BAD_NETWORK_NAME and not others:
        return "the share does not exist (see smb.share)"
    if tree.status not in (STATUS_SUCCESS, *REFUSED):
        return f"TREE_CONNECT returns {ntstatus_name(tree.status)}"
    if tree.root is None and tree.status == STATUS_SUCCESS and said.cut and not others:
        return said.cut
    if tree.root not in (STATUS_SUCCESS, *DENIED, None) and not others:
        return f"the root folder cannot be opened: {ntstatus_name(tree.root)}"
    return ""


def _own(stated: Access, tree: TreeReply) -> Judged:
    if tree.status in DENIED:
        return Judged(Outcome.LOCKED_OUT, ntstatus_name(tree.status), Wall.SHARE)
    if tree.maximal_access & NEEDED[stated] != NEEDED[stated]:
        return Judged(Outcome.LESS, access_words(tree.maximal_access), Wall.SHARE)
    if tree.root in DENIED and tree.listed != STATUS_SUCCESS:
        return Judged(Outcome.LOCKED_OUT, ntstatus_name(tree.root or 0), Wall.FOLDER)
    granted = tree.root_access
    if tree.root in DENIED or (granted is not None and granted & FOLDER_NEEDED[stated] != FOLDER_NEEDED[stated]):
        words = "list only" if granted is None else access_words(granted)
        return Judged(Outcome.LESS, words, Wall.FOLDER)
    return Judged(Outcome.AS_EXPECTED, held(tree))


def held(tree: TreeReply) -> str:
    """Returns the access that a tree grants, as text, with the root folder if it denies access or grants less, and the
    server name if the share does not exist by the data path's.
    """
    return f"{_held(tree)} by the name {tree.name}" if tree.name else _held(tree)


def _held(tree: TreeReply) -> str:
    if tree.status != STATUS_SUCCESS:
        return ntstatus_name(tree.status)
    if tree.root is not None and tree.root != STATUS_SUCCESS and tree.listed != STATUS_SUCCESS:
        share = access_words(tree.maximal_access)
        return f"{share} by the share, but the root folder denies access ({ntstatus_name(tree.root)})"
    return both_words(tree.maximal_access, None if tree.root is None else tree.root_access)


def both_words(share: int, folder: int | None) -> str:
    """What the share grants; the root folder (None: not known) is named where it grants less than goes with that."""
    words = access_words(share)
    if folder is not None and _falls_short(share, folder):
        return f"{words} by the share, {access_words(folder)} by the root folder"
    return words


def _falls_short(share: int, folder: int) -> bool:
    granted = next((access for access in (Access.FULL, Access.CHANGE, Access.READ)
                    if share & NEEDED[access] == NEEDED[access]), None)  # fmt: skip
    return granted is not None and folder & FOLDER_NEEDED[granted] != FOLDER_NEEDED[granted]
