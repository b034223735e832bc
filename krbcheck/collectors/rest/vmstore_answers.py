"""The replies of the VMstores whose REST API the site states, to the account that it states for each."""

from __future__ import annotations

from krbcheck.asking.ask import Asking, asked
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.rest.readers import Reader, ask, part, part_of_list, readers
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.observation import Observation, Observed
from krbcheck.facts.vmstore import RestRefusal, ShareAcl, VmstoreAnswer, VmstoreAnswers
from krbcheck.probes.rest.vmstore import Reading, read_vmstore
from krbcheck.site.stated import Site


def vmstore_answers(site: Site, this_host: ThisHost, wallet: Wallet) -> Asking[VmstoreAnswers]:
    """Returns what each VMstore replied, in one session each. A password that one rejected is not sent again."""
    wanted = list(readers(site))
    answers = yield from asked(
        [ask(read_vmstore, reader, this_host, wallet, f"REST API of {reader.storage}") for reader in wanted]
    )
    found = tuple(_answer(reader, seen) for reader, seen in zip(wanted, answers, strict=True))
    for reader, answer in zip(wanted, found, strict=True):
        login = answer.login
        if isinstance(login, Observed) and isinstance(login.value, RestRefusal) and login.value.rejects_login:
            wallet.refuse(reader.api.login, login.value.summary(), wrong=True)
    return VmstoreAnswers(storages=found)


def _answer(reader: Reader, seen: Observation[Reading]) -> VmstoreAnswer:
    name = reader.storage
    listed = seen.value.acls if isinstance(seen, Observed) else ()
    return VmstoreAnswer(
        storage=name,
        url=reader.api.url,
        account=reader.api.account,
        api=part(seen, lambda reading: reading.api, f"API version of {name}"),
        login=part(seen, lambda reading: reading.login, f"REST login of {reader.api.account}"),
        session=part(seen, lambda reading: reading.session, f"REST session of {reader.api.account}"),
        appliance=part(seen, lambda reading: reading.appliance, f"firmware of {name}"),
        addresses=part(seen, lambda reading: reading.addresses, f"addresses of {name} by REST"),
        smb_settings=part(seen, lambda reading: reading.smb_settings, f"SMB settings of {name}"),
        encryption_types=part(seen, lambda reading: reading.encryption_types, f"Kerberos encryption types of {name}"),
        shares=part(seen, lambda reading: reading.shares, f"shares of {name} by REST"),
        roles=part(seen, lambda reading: reading.roles, f"roles of {name}"),
        external_groups=part(seen, lambda reading: reading.external_groups, f"groups with roles on {name}"),
        local_accounts=part(seen, lambda reading: reading.local_accounts, f"local accounts of {name}"),
        acls=tuple(ShareAcl(share, part_of_list(seen, acl, f"ACL of {share} by REST")) for share, acl in listed),
    )
