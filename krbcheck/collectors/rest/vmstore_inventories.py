"""What the VMstores hold: licenses, hypervisor managers, machines, disks, snapshots."""

from __future__ import annotations

from krbcheck.asking.ask import Asking, asked
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.rest.readers import Reader, ask, part, part_of_list, readers
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.observation import Observation, Observed
from krbcheck.facts.vmstore import VmstoreAnswers
from krbcheck.facts.vmstore_inventory import MachineDisks, VmstoreInventories, VmstoreInventory
from krbcheck.probes.rest.inventory import Inventory, read_inventory
from krbcheck.site.stated import Site


def vmstore_inventories(
    site: Site, this_host: ThisHost, wallet: Wallet, answers: VmstoreAnswers
) -> Asking[VmstoreInventories]:
    """Returns what each VMstore holds from which DPM backs up. It waits for `answers`, whose login may have been
    rejected: the password is not sent again then.
    """
    protected = {backup.storage for backup in site.backups if backup.is_dpm}
    wanted = [reader for reader in readers(site) if reader.storage in protected]
    replies = yield from asked(
        [ask(read_inventory, reader, this_host, wallet, f"machines of {reader.storage}") for reader in wanted]
    )
    return VmstoreInventories(
        storages=tuple(_inventory(reader, seen) for reader, seen in zip(wanted, replies, strict=True))
    )


def _inventory(reader: Reader, seen: Observation[Inventory]) -> VmstoreInventory:
    name = reader.storage
    listed = seen.value.disks if isinstance(seen, Observed) else ()
    return VmstoreInventory(
        storage=name,
        url=reader.api.url,
        account=reader.api.account,
        licenses=part(seen, lambda found: found.licenses, f"licenses of {name}"),
        managers=part(seen, lambda found: found.managers, f"hypervisor managers of {name}"),
        machines=part(seen, lambda found: found.machines, f"virtual machines of {name}"),
        snapshots=part(seen, lambda found: found.snapshots, f"snapshots of {name}"),
        disks=tuple(
            MachineDisks(machine, part_of_list(seen, disks, f"disks of {machine}")) for machine, disks in listed
        ),
    )
