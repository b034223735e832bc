"""A matrix of two tenants on one storage, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from krbcheck.facts.observation import Facts, Gap, Observation, Observed, Unobserved
from krbcheck.facts.smb import SessionKind, SmbSession, SmbSessions, SmbSetUp, TreeReply
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.report.matrix import Matrix, assemble
from krbcheck.site.stated import Access, DataPath, Principal, SecretKind, SecretSource, Share, Site, Storage, Tenant
from krbcheck.views.computed_access import Computed

AT = datetime(2026, 1, 1, tzinfo=UTC)
KEYTAB = SecretSource(SecretKind.KEYTAB, "/x.keytab")
FULL, DENIED, LOGON_FAILURE = 0x1F01FF, 0xC0000022, 0xC000006D
NASTY = "=cmd|<script>\x1b[31m"


def tenant(name: str, *hosts: str) -> Tenant:
    return Tenant(
        name,
        data_paths=(DataPath(f"v-{name}.t.com", "vmstore", ""),),
        shares=(Share(f"{name}VMs", Access.FULL, "vmstore"),),
        principals=tuple(Principal(f"{host}@VM.COM", KEYTAB) for host in hosts),
    )


@pytest.fixture
def site() -> Site:
    return Site("cloud.yaml", (), (Storage("vmstore", "V$@T.COM"),), (tenant("alice", "a1", "a2"), tenant("bob", "b1")))


def said(own: str, other: str, breach: bool = False) -> SmbSetUp:
    other_tree = TreeReply(other, 0, maximal_access=FULL) if breach else TreeReply(other, DENIED)
    return SmbSetUp(
        0, dialect=0x311, trees=(TreeReply(own, 0, maximal_access=FULL, root=0, root_access=FULL), other_tree)
    )


def seen(value: SmbSetUp) -> Observation[SmbSetUp]:
    return Observed(value, "asked", AT, "alice")


def session(name: str, principal: str, answer: Observation[SmbSetUp], kind: SessionKind) -> SmbSession:
    return SmbSession(name, principal, f"v-{name}.t.com", "vmstore", "10.0.0.1", kind, answer)


def facts(first: Observation[SmbSetUp]) -> dict[type[Facts], Facts]:
    """a1 as given, a2 as it should be; nothing was asked for bob."""
    turned = seen(SmbSetUp(LOGON_FAILURE, dialect=0x311))
    sessions = (
        session("alice", "a1@VM.COM", first, SessionKind.KERBEROS),
        session("alice", "a2@VM.COM", seen(said("aliceVMs", "bobVMs")), SessionKind.KERBEROS),
        session("alice", "", turned, SessionKind.ANONYMOUS),
        session("alice", "", turned, SessionKind.MADE_UP),
    )
    points = (VantagePoint("alice", "station", "10.0.0.9"), VantagePoint("bob", "station", "", "no leg here"))
    return {SmbSessions: SmbSessions(sessions), Vantages: Vantages(points)}


GRANTED = Computed(FULL, FULL, FULL, "the share grants 0x1F01FF to Alice Hosts")


def made(site: Site, known: dict[type[Facts], Facts], *tenants: str) -> Matrix:
    return assemble(
        site, known, tenants=tenants or ("alice", "bob"), started=AT, seconds=1.0, interrupted=False,
        computed=lambda principal, storage, share: GRANTED if share == "aliceVMs" else None,
    )  # fmt: skip


def nasty(site: Site) -> Matrix:
    silence = Unobserved(Gap.CLOSED, NASTY, "asked", AT, "alice")
    return made(site, facts(silence), "alice")
