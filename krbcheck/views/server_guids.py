"""The servers at the data paths, by the GUID of their NEGOTIATE responses (MS-SMB2 2.2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SmbSessions
from krbcheck.facts.smb_features import CAP_CLUSTER, CAP_SCALE_OUT, DialectAnswer, DialectReplies, SmbDialects
from krbcheck.site.stated import DataPath, Tenant
from krbcheck.views.view import View
from krbcheck.windows.ntstatus import STATUS_SUCCESS

Servers = Mapping[str, Sequence[tuple[DialectAnswer, Observed[DialectReplies]]]]
"""The NEGOTIATE responses of each server, by its GUID."""


class ServerGuids(View):
    """The servers that answer at data paths, and whether they are nodes of one cluster."""

    def __init__(self, dialects: SmbDialects, sessions: SmbSessions) -> None:
        self._dialects, self._sessions = dialects, sessions

    def at(self, paths: Iterable[tuple[Tenant, DataPath]]) -> Servers:
        """Returns the servers that answer at any of these data paths."""
        found: dict[str, list[tuple[DialectAnswer, Observed[DialectReplies]]]] = {}
        for tenant, path in paths:
            for dialect in self._dialects.of(tenant.name, path.name):
                if isinstance(dialect.seen, Observed):
                    for guid in dict.fromkeys(reply.server_guid for reply in dialect.seen.value.spoken):
                        found.setdefault(guid, []).append((dialect, dialect.seen))
        return found

    def clustered(self, paths: Iterable[tuple[Tenant, DataPath]]) -> bool | None:
        """Returns whether any share at these data paths has the flag of a share on several servers; None if no share
        was opened.
        """
        seen = [session.seen for tenant, path in paths for session in self._sessions.kerberos(tenant.name, path.name)]
        trees = [
            tree
            for observation in seen
            if isinstance(observation, Observed)
            for tree in observation.value.proved_trees
            if tree.status == STATUS_SUCCESS
        ]
        if not trees:
            return None
        return any(tree.capabilities & (CAP_SCALE_OUT | CAP_CLUSTER) for tree in trees)
