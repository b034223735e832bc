"""The SMB 2 and 3 dialect that each data path selects, and whether it supports SMB 1; queried for each tenant."""

from __future__ import annotations

from krbcheck.asking.ask import Ask, Asking, MaybeAsk, both, call
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.smb.data_paths import Target, targets
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.smb import SmbNegotiated, SmbOneReply, SmbOneSpeech, SmbSpeech, SmbSpeeches
from krbcheck.probes.smb import negotiate
from krbcheck.site.stated import Site

SECONDS = 3.0


def smb_speeches(site: Site, this_host: ThisHost, names: NameAnswers) -> Asking[SmbSpeeches]:
    queried = targets(site, this_host, names)
    newer, smb_one = yield from both(
        [_negotiate(target) for target in queried], [_smb_one(target) for target in queried]
    )
    rows = [(target.tenant.name, target.path.name, target.path.storage, target.address) for target in queried]
    return SmbSpeeches(
        tuple(SmbSpeech(*row, seen) for row, seen in zip(rows, newer, strict=True)),
        tuple(SmbOneSpeech(*row, seen) for row, seen in zip(rows, smb_one, strict=True)),
    )


def _negotiate(target: Target) -> MaybeAsk[SmbNegotiated]:
    question = "SMB2 NEGOTIATE"
    if not target.address:
        return target.no_address(question)
    probe = call(negotiate.negotiate, target.path.name, target.address, target.source, SECONDS)
    return Ask(probe, question, target.server, target.tenant.name, SECONDS)


def _smb_one(target: Target) -> MaybeAsk[SmbOneReply]:
    """Returns the call for SMB 1, with a server of its own: a storage without SMB 1 may respond to SMB 2."""
    question = "SMB 1 NEGOTIATE"
    if not target.address:
        return target.no_address(question)
    probe = call(negotiate.smb_one, target.address, target.source, SECONDS)
    return Ask(probe, question, target.serving("smb1"), target.tenant.name, SECONDS)
