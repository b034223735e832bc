"""A right that was granted takes effect when the tickets are purged: granted, not in effect, purged, in effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fixtures.lab.faults import backup_right_not_in_effect

if TYPE_CHECKING:
    from tests.lab.conftest import Lab, Ran

pytestmark = pytest.mark.lab


def chain(ran: Ran) -> Any:
    (found,) = ran.report["readiness"]
    return found


def links(ran: Ran) -> dict[str, str]:
    return {link["name"]: link["state"] for link in chain(ran)["links"]}


def test_granted_not_in_effect_purged_in_effect(lab: Lab, healthy_site: str) -> None:
    assert chain(lab.run(healthy_site, "--only", "backup"))["state"] == "ready"
    with lab.broken("backup-right-not-in-effect") as site:
        before = lab.run(site, "--only", "backup")
        assert before.codes() == {"backup.effective/not-in-effect"}, before.summary()
        assert links(before)["right"] == "ready", "granted"
        assert links(before)["ticket"] == "broken", "not in effect"
        assert chain(before)["state"] == "not-ready"
        backup_right_not_in_effect.fill()  # purged: the host gets new tickets
        after = lab.run(site, "--only", "backup")
        assert after.codes() == set(), after.summary()
        assert links(after)["ticket"] == links(after)["session"] == "ready", "in effect"
        assert chain(after)["state"] == "ready"
