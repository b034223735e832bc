"""Two domains with a trust between them, its proof in tickets, and checks judged on such hand-made facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories, Trust, TrustAnswer, Trusts
from krbcheck.facts.kerberos import KrbError, Reply, TicketFacts, TrustTicket, TrustTickets
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.judging.verdict import Verdict
from krbcheck.site.stated import DataPath, Domain, Principal, Site, Storage, Tenant

AT = datetime(2026, 1, 1, tzinfo=UTC)
HOST_SID, HOSTS_GROUP = "S-1-5-21-1-1-1-1101", "S-1-5-21-1-1-1-1200"
PRINCIPAL = "alice-hv01$@VMLEVEL.COM"
SILENCE = Unobserved(Gap.TIMED_OUT, "no answer", "asked", AT, "station")


class Made:
    """Builders of facts; what is None was silent."""

    silence = SILENCE
    principal, host_sid, hosts_group = PRINCIPAL, HOST_SID, HOSTS_GROUP

    @staticmethod
    def seen(value: object) -> Observation[object]:
        return SILENCE if value is None else Observed(value, "asked", AT, "station")

    @staticmethod
    def trust(
        partner: str, direction: int = 3, *, kind: int = 2, attributes: int = 0, etypes: int | None = 24
    ) -> Trust:
        return Trust(partner, partner.split(".")[0].upper(), "S-1-5-21-9", direction, kind, attributes, etypes)

    @classmethod
    def sides(cls, hosts: Trust | str | None, storage: Trust | str | None, *more: TrustAnswer) -> Directories:
        """The object of each side; "" for a directory without one. The host's account lies in the hosts' domain."""
        answers = tuple(
            TrustAnswer(domain, controller, cls.seen(None if trust is None else Trusts((trust,) if trust else ())))  # type: ignore[arg-type]
            for domain, controller, trust in (("vmlevel.com", "vmdc1", hosts), ("tintri.com", "tidc", storage))
        )
        account = Account("CN=alice-hv01", "alice-hv01$", HOST_SID, groups=(HOSTS_GROUP,))
        return Directories(
            accounts=(AccountAnswer("vmlevel.com", "vmdc1", PRINCIPAL, cls.seen(Accounts((account,)))),),  # type: ignore[arg-type]
            trusts=(*answers, *more),
        )

    @classmethod
    def both(cls, *, at_hosts: int | None = 24, at_storage: int | None = 24) -> Directories:
        """A trust in both directions with these encryption types."""
        return cls.sides(cls.trust("tintri.com", etypes=at_hosts), cls.trust("vmlevel.com", etypes=at_storage))

    @staticmethod
    def referral(to: str = "TINTRI.COM", etype: int = 18) -> TicketFacts:
        return TicketFacts("krbcheck", "VMLEVEL.COM", f"krbtgt/{to}", "VMLEVEL.COM", etype, 18, 1, 0, AT, AT)

    @classmethod
    def proof(
        cls, kdc: str, issued: Reply | int | None, taken: int | str | None = "", far: str = "tidc"
    ) -> TrustTicket:
        """`issued` is a ticket or a KRB-ERROR's code, `taken` the code of the far KDC; "" where nothing was shown."""
        said = KrbError(issued) if isinstance(issued, int) else issued
        accepted = None if taken == "" else cls.seen(None if taken is None else KrbError(int(taken)))
        seen = cls.seen(said)
        return TrustTicket("vmlevel.com", "tintri.com", kdc, "" if accepted is None else "tidc", seen, accepted)  # type: ignore[arg-type]

    @staticmethod
    def tickets(*proofs: TrustTicket) -> TrustTickets:
        return TrustTickets(proofs)


@pytest.fixture
def made() -> type[Made]:
    return Made


def one_tenant() -> Site:
    path = DataPath("vmstore-alice.tintri.com", "vmstore", "10.77.11.30")
    return Site(
        "lab",
        domains=(Domain("vmlevel.com"), Domain("tintri.com", account="krbcheck@TINTRI.COM")),
        storages=(Storage("vmstore", "VMSTORE$@TINTRI.COM"),),
        tenants=(Tenant("alice", data_paths=(path,), principals=(Principal(PRINCIPAL),)),),
    )


@pytest.fixture
def verdicts(judged: Callable[..., list[Verdict]]) -> Callable[..., list[Verdict]]:
    """The verdicts of a check on these families."""
    return lambda check, *families: judged(check, *families, of=one_tenant())
