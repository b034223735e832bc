"""What a VMstore holds is read in a session of its own, unless its login was rejected before."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.rest.vmstore_inventories import vmstore_inventories
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.facts.vmstore import VmstoreAnswers
from krbcheck.facts.vmstore_inventory import VirtualMachines, VmstoreInventories
from krbcheck.site.stated import Backup, Site
from tests.collectors.rest.test_vmstore_answers import LOGIN, holding
from tests.support.rest_asking import collected
from tests.support.vmstore import Peer, Peers

THIS_HOST = ThisHost("station", {})
Stating = Callable[[Peer], Site]


def protected(site: Site, product: str = "dpm-2016") -> Site:
    """The product backs up from vmstore alone."""
    return replace(site, backups=(Backup(product, "vmstore", ("alice-hv01$@VMLEVEL.COM",)),))


def test_machines_are_read_with_their_disks(vmstore: Peers, stating: Stating) -> None:
    with vmstore.serving() as peer:
        found = collected(vmstore_inventories(protected(stating(peer)), THIS_HOST, holding(), VmstoreAnswers()))
    (inventory,) = found.storages
    assert inventory.storage == "vmstore"
    assert isinstance(inventory.machines, Observed)
    assert isinstance(inventory.machines.value, VirtualMachines)
    assert [machine.id for machine in inventory.machines.value.machines] == [entry.id for entry in inventory.disks]
    assert all(isinstance(entry.seen, Observed) for entry in inventory.disks)


def test_a_rejected_password_is_not_sent_for_the_machines_either(vmstore: Peers, stating: Stating) -> None:
    wallet = holding()
    wallet.refuse(LOGIN, "HTTP 403")
    with vmstore.serving() as peer:
        found = collected(vmstore_inventories(protected(stating(peer)), THIS_HOST, wallet, VmstoreAnswers()))
        assert peer.requests == []
    assert {type(entry.machines) for entry in found.storages} == {Unobserved}
    assert {entry.machines.gap for entry in found.storages if isinstance(entry.machines, Unobserved)} == {
        Gap.NOT_ALLOWED
    }


def test_only_a_storage_that_dpm_protects_is_read(vmstore: Peers, stating: Stating) -> None:
    with vmstore.serving() as peer:
        site = protected(stating(peer), "veeam")
        assert collected(vmstore_inventories(site, THIS_HOST, holding(), VmstoreAnswers())) == VmstoreInventories()
        assert peer.requests == []
