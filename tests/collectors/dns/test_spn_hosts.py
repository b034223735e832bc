"""Which hosts of the SPNs of a storage are looked up."""

from __future__ import annotations

from typing import Any

from krbcheck.collectors.dns.spn_hosts import MOST_HOSTS, hosts_of
from tests.support import spn

made = spn.made


def test_full_names_are_asked_for_once_and_not_without_end(made: Any) -> None:
    held = ("cifs/A.tintri.com", "HOST/a.tintri.com:445", "cifs/short", "cifs/b.tintri.com/tintri.com", "nonsense")
    assert hosts_of(made.accounts(made.account(*held)), made.storage) == ["a.tintri.com", "b.tintri.com"]
    many = (f"cifs/h{number}.tintri.com" for number in range(MOST_HOSTS + 7))
    assert len(hosts_of(made.accounts(made.account(*many)), made.storage)) == MOST_HOSTS
