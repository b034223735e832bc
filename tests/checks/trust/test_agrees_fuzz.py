"""Any trustedDomain attributes, as a directory may send them: each check says something, nothing is wrongly fine.

For a long run: KRBCHECK_FUZZ=100000 pytest -s tests/checks/trust/test_agrees_fuzz.py
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from krbcheck.collectors.ldap.records import TRUST_ATTRIBUTES, trust
from krbcheck.facts.directory import Directories, TrustAnswer, Trusts
from krbcheck.judging.verdict import Fine, Verdict

INPUTS = int(os.environ.get("KRBCHECK_FUZZ", "300"))
CHECKS = ("trust.exists", "trust.agrees", "trust.kind", "trust.enctypes", "trust.selective", "trust.ticket")
INBOUND, OUTBOUND = 1, 2
NUMBERS = (0, 1, 2, 3, 4, 8, 16, 24, 28, 31, 0x20, 0x40, 0x80, 0x200, -1, -2147483648, 0xFFFFFFFF, 10**30)
COMMON = 0x29
"""Not transitive, forest, within the forest: what both sides carry (MS-ADTS 6.1.6.7.9)."""


def value(chance: random.Random, name: str, partner: str) -> list[bytes]:
    """A likely value, a strange one, several, or none."""
    if name == "trustPartner" and chance.random() < 0.9:
        return [chance.choice([partner, partner.upper()]).encode()]
    likely = {"trustDirection": (1, 2, 3, 3, 3), "trustType": (2, 2, 2, 1), "trustAttributes": (0, 0, 4, 8, 0x10)}
    number = chance.choice(likely.get(name, (24, 24, 4, 28)) if chance.random() < 0.7 else NUMBERS)
    made = chance.choices(
        ([str(number).encode()], [], [chance.randbytes(chance.randrange(30))], [b"", b"3"], [b" 3 "], [b"\xd9\xa3"]),
        (20, 1, 1, 1, 1, 1),
    )
    return list(made[0])


def whole(text: list[bytes]) -> int:
    """The number that a directory's text is; 0 for what is none (Python's int reads more than LDAP's INTEGER)."""
    try:
        return int(text[0].decode()) if text else 0
    except ValueError:
        return 0


def test_any_trust_attributes_are_judged_and_never_wrongly_fine(
    made: Any, judged: Callable[..., list[Verdict]]
) -> None:
    chance, came, began, slowest = random.Random(f"trusts {INPUTS}"), Counter[str](), time.perf_counter(), 0.0
    for _ in range(INPUTS):
        sides = [
            {name.lower(): value(chance, name, partner) for name in TRUST_ATTRIBUTES}
            for partner in ("tintri.com", "vmlevel.com")
        ]
        answers = tuple(
            TrustAnswer(domain, "dc", made.seen(Trusts((trust(raw),)) if chance.random() < 0.95 else None))
            for domain, raw in zip(("vmlevel.com", "tintri.com"), sides, strict=True)
        )
        facts = Directories(accounts=made.both().accounts, trusts=answers)
        started = time.perf_counter()
        verdicts = {check: judged(check, facts) for check in CHECKS}
        slowest = max(slowest, time.perf_counter() - started)
        fine = {check for check, said in verdicts.items() if any(isinstance(entry, Fine) for entry in said)}
        assert all(verdicts.values())
        hosts, storage = ({name: whole(text) for name, text in side.items()} for side in sides)
        assert "trust.exists" not in fine or hosts["trustdirection"] & INBOUND
        assert "trust.exists" not in fine or storage["trustdirection"] & OUTBOUND
        same = hosts["trusttype"] == storage["trusttype"]
        same = same and not (hosts["trustattributes"] ^ storage["trustattributes"]) & COMMON
        assert "trust.agrees" not in fine or same
        assert "trust.kind" not in fine or (hosts["trustattributes"] | storage["trustattributes"]) & 0x28
        came[", ".join(sorted(entry.partition(".")[2] for entry in fine)) or "none fine"] += 1
    if INPUTS > 300:
        spent = time.perf_counter() - began
        print(f"\n{INPUTS} trusts in {spent:.0f} s: {dict(came)}; slowest {1000 * slowest:.1f} ms")  # noqa: T201
