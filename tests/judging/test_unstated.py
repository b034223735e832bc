"""A family of which the site file states no subject is empty, and does not count as missing."""

from __future__ import annotations

import msgspec

from krbcheck.facts.observation import Facts
from krbcheck.facts.vmstore import VmstoreAnswers
from krbcheck.facts.vmstore_inventory import VmstoreInventories
from krbcheck.judging import registry
from krbcheck.judging.judge import judge
from krbcheck.judging.unstated import with_unstated
from krbcheck.judging.verdict import Unknown
from krbcheck.site.stated import Site, VmstoreApi


def stating(cloud: Site) -> Site:
    api = VmstoreApi("https://vmstore.tintri.com", "krbcheck")
    return msgspec.structs.replace(
        cloud, storages=tuple(msgspec.structs.replace(each, vmstore_api=api) for each in cloud.storages)
    )


def test_a_site_without_a_rest_api_has_empty_answers(cloud: Site) -> None:
    assert with_unstated(cloud, {}) == {VmstoreAnswers: VmstoreAnswers(), VmstoreInventories: VmstoreInventories()}


def test_a_site_with_a_rest_api_lacks_what_was_not_collected(cloud: Site) -> None:
    assert with_unstated(stating(cloud), {}) == {}
    check = registry.load()["credentials.usable"]
    others = {kind: kind() for kind in check.families if kind is not VmstoreAnswers}
    (without,) = judge(cloud, others, [check])
    assert without.verdicts == ()
    (report,) = judge(stating(cloud), others, [check])
    assert [type(verdict) for verdict in report.verdicts] == [Unknown]


def test_what_was_collected_is_kept(cloud: Site) -> None:
    known: dict[type[Facts], Facts] = {VmstoreAnswers: VmstoreAnswers(), VmstoreInventories: VmstoreInventories()}
    assert with_unstated(cloud, known) is known
