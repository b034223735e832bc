"""Connects to each share (TREE_CONNECT), and opens the root folder of each share that connects.

Imported late, inside the functions of probes. Folders are opened without change and closed in the same message.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from krbcheck.facts.smb import TreeReply
from krbcheck.probes.smb.pipeline import HEADER_BYTES, Answer, Pipeline, Request
from krbcheck.windows.access_masks import LIST_ROOT
from krbcheck.windows.ntstatus import STATUS_BAD_NETWORK_NAME, STATUS_SUCCESS

LOGOFF, TREE_CONNECT, CREATE, CLOSE = 2, 3, 5, 6
SHARE_ALL, OPEN, DIRECTORY, IMPERSONATION = 7, 1, 1, 2
MAXIMAL_ACCESS = b"MxAc"
SHARE_REDIRECT = b"SRdr"
"""ErrorId SMB2_ERROR_ID_SHARE_REDIRECT, 0x72645253."""
SHARE_FLAG_ENCRYPT = 0x8000
SAME_FILE = b"\xff" * 16
"""In a related request: the file that the previous request opened (MS-SMB2 3.2.4.1.4)."""
CONTEXT = struct.pack("<IHHHHI", 0, 16, len(MAXIMAL_ACCESS), 0, 0, 0) + MAXIMAL_ACCESS + bytes(4)
"""The request for MaximalAccess (MS-SMB2 2.2.13.2.5); it carries no data."""
NAME_AT, CONTEXT_AT = HEADER_BYTES + 56, HEADER_BYTES + 64
SAME_REPLIES = 1 << 16
"""Replies that are kept to be shared: all rejections of one share are the same."""


@dataclass
class Opened:
    """One share: `status` is None until it is answered. `root` and `root_access` are the root's, `listed` the NTSTATUS
    of the second open, for listing alone, if the first is denied. `names` are further names of the server, by which the
    share is tried if it does not exist by the first; `name` is the one by which it does.
    """

    share: str
    desired: int
    status: int | None = None
    tree: int = 0
    redirected: bool = False
    flags: int = 0
    capabilities: int = 0
    access: int = 0
    root: int | None = None
    root_access: int | None = None
    listed: int | None = None
    names: Sequence[str] = ()
    name: str = ""

    @property
    def sealed(self) -> bool:
        """Whether requests on this tree are sent encrypted, even in a session that is not."""
        return bool(self.flags & SHARE_FLAG_ENCRYPT)

    def reply(self) -> TreeReply:
        assert self.status is not None
        return _shared(
            self.share,
            self.status,
            self.redirected,
            self.access,
            self.flags,
            self.capabilities,
            self.root,
            self.root_access,
            self.listed,
            self.name,
        )


_shared = lru_cache(SAME_REPLIES)(TreeReply)


def walk(pipeline: Pipeline, server: str, wanted: Sequence[Opened]) -> None:
    """Fills in `wanted` with each answer; the answers before a NoAnswer remain.

    Raises NoAnswer as `Pipeline.exchange`.
    """
    connect(pipeline, server, wanted)
    _connect_by_other_names(pipeline, wanted)
    connected = [opened for opened in wanted if opened.status == STATUS_SUCCESS]
    for opened, status, access in _roots(pipeline, connected, [opened.desired for opened in connected]):
        opened.root, opened.root_access = status, access
    denied = [opened for opened in connected if opened.root != STATUS_SUCCESS and opened.desired != LIST_ROOT]
    for opened, status, access in _roots(pipeline, denied, [LIST_ROOT] * len(denied)):
        opened.listed, opened.root_access = status, access


def connect(pipeline: Pipeline, server: str, wanted: Sequence[Opened]) -> None:
    """Sends the TREE_CONNECTs alone; raises NoAnswer as `Pipeline.exchange`."""
    connects = [[Request(TREE_CONNECT, _tree_connect(rf"\\{server}\{opened.share}"))] for opened in wanted]
    for answer in pipeline.exchange(connects):
        _connected(wanted[answer.chain], answer)


def _connect_by_other_names(pipeline: Pipeline, wanted: Sequence[Opened]) -> None:
    """Sends a TREE_CONNECT by each further name for the shares that do not exist: a server may have a share for one of
    its names alone (MS-SMB2 3.3.5.7).
    """
    missing = [opened for opened in wanted if opened.status == STATUS_BAD_NETWORK_NAME and not opened.redirected]
    tried = [(opened, name) for opened in missing for name in opened.names]
    if not tried:
        return
    connects = [[Request(TREE_CONNECT, _tree_connect(rf"\\{name}\{opened.share}"))] for opened, name in tried]
    for answer in pipeline.exchange(connects):
        opened, name = tried[answer.chain]
        if answer.status == STATUS_SUCCESS and opened.status != STATUS_SUCCESS:
            _connected(opened, answer)
            opened.name = name


def log_off(pipeline: Pipeline) -> None:
    """Ends the session, with its trees and open files, and waits for the answer."""
    for _ in pipeline.exchange([[Request(LOGOFF, struct.pack("<HH", 4, 0))]]):
        pass


def _tree_connect(unc: str) -> bytes:
    path = unc.encode("utf-16-le")
    return struct.pack("<HHHH", 9, 0, HEADER_BYTES + 8, len(path)) + path


def _connected(opened: Opened, answer: Answer) -> None:
    """Reads a TREE_CONNECT response (MS-SMB2 2.2.10)."""
    if answer.status == STATUS_SUCCESS:
        opened.flags, opened.capabilities, opened.access = struct.unpack_from("<III", answer.body, 4)
        opened.tree = answer.tree
    opened.redirected = is_redirect(answer.status, answer.body)
    opened.status = answer.status


def is_redirect(status: int, body: bytes) -> bool:
    """Returns whether an ERROR response refers to another node of a cluster (MS-SMB2 2.2.2.1, 2.2.2.2.2)."""
    if status != STATUS_BAD_NETWORK_NAME or len(body) < 16 or not body[2]:
        return False
    return body[12:16] == SHARE_REDIRECT


def _roots(
    pipeline: Pipeline, opened: Sequence[Opened], desired: Sequence[int]
) -> Iterator[tuple[Opened, int, int | None]]:
    """Yields the NTSTATUS of an open of each share's root, which is closed in the same message, and
    its MaximalAccess.
    """
    chains = [
        [_request(CREATE, _create(access), entry), _request(CLOSE, _close(SAME_FILE), entry)]
        for entry, access in zip(opened, desired, strict=True)
    ]
    if not chains:
        return
    if not pipeline.affords(2):
        yield from _one_by_one(pipeline, opened, chains)
        return
    for answer in pipeline.exchange(chains):
        if answer.position == 0:
            yield opened[answer.chain], answer.status, _maximal_access(answer)


def _one_by_one(
    pipeline: Pipeline, opened: Sequence[Opened], chains: Sequence[Sequence[Request]]
) -> Iterator[tuple[Opened, int, int | None]]:
    """Yields the same for a server that grants one credit: open and close are messages of their own."""
    for entry, (create, _) in zip(opened, chains, strict=True):
        (answer,) = pipeline.exchange([[create]])
        if answer.status == STATUS_SUCCESS:
            file = answer.body[64:80]
            list(pipeline.exchange([[_request(CLOSE, _close(file), entry)]]))
        yield entry, answer.status, _maximal_access(answer)


def _request(command: int, body: bytes, opened: Opened) -> Request:
    return Request(command, body, opened.tree, opened.sealed)


@lru_cache(8)
def _create(desired: int) -> bytes:
    """Returns a request that opens the share's root, an existing directory, sharing all (MS-SMB2 2.2.13); the name is
    empty.
    """
    rest = (SHARE_ALL, OPEN, DIRECTORY, NAME_AT, 0, CONTEXT_AT, len(CONTEXT))
    fixed = struct.pack("<HBBIQQIIIIIHHII", 57, 0, 0, IMPERSONATION, 0, 0, desired, 0, *rest)
    return fixed + bytes(CONTEXT_AT - NAME_AT) + CONTEXT


def _close(file: bytes) -> bytes:
    return struct.pack("<HHI16s", 24, 0, 0, file)


def _maximal_access(answer: Answer) -> int | None:
    """Returns the create context of MS-SMB2 2.2.14.2.5 in a CREATE response; None if it is absent."""
    if answer.status != STATUS_SUCCESS:
        return None
    start, size = struct.unpack_from("<II", answer.body, 80)
    contexts = answer.body[start - HEADER_BYTES : start - HEADER_BYTES + size] if start else b""
    while contexts:
        following, name, name_size, _, data, data_size = struct.unpack_from("<IHHHHI", contexts)
        if contexts[name : name + name_size] == MAXIMAL_ACCESS and data_size >= 8:
            status, access = struct.unpack_from("<II", contexts, data)
            return None if status else int(access)
        contexts = contexts[following:] if following else b""
    return None
