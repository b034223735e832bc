"""What a collection was made for: the subjects that the site file stated at that time. It has no secret."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from krbcheck.facts.observation import Facts


class ScopeSubject(msgspec.Struct, frozen=True):
    """A subject of the site file: its `kind` (domain, storage, tenant, principal, data path, share, backup) and names.

    `tenant` is empty for what belongs to no tenant. `terms` are what a query depends on, such as a stated address.
    """

    kind: str
    name: str
    tenant: str = ""
    terms: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        return f"{self.kind} {self.name}"


class Scope(msgspec.Struct, frozen=True):
    """One collection: `host` queried for `tenants`. `digest` is the SHA-256 of what the site file stated."""

    host: str
    tenants: tuple[str, ...]
    digest: str
    subjects: tuple[ScopeSubject, ...]


class Scopes(Facts, frozen=True):
    """Empty where a recording does not state what it was made for."""

    scopes: tuple[Scope, ...] = ()

    def added(self, subjects: Collection[ScopeSubject], digest: str) -> list[ScopeSubject]:
        """Which of the site file's subjects no collection was made for.

        What belongs to a tenant counts as queried if a collection for that tenant was made for it; where there is none
        for that tenant, any collection. Of a tenant that was added, the tenant only is returned.
        """
        if not self.scopes or all(scope.digest == digest for scope in self.scopes):
            return []
        missing = [subject for subject in subjects if not self._holds(subject)]
        tenants = {subject.name for subject in missing if subject.kind == "tenant"}
        return [subject for subject in missing if subject.tenant not in tenants]

    def _holds(self, subject: ScopeSubject) -> bool:
        tenant = subject.name if subject.kind == "tenant" else subject.tenant
        for_tenant = [scope for scope in self.scopes if tenant in scope.tenants]
        return any(subject in scope.subjects for scope in for_tenant or self.scopes)
