"""The SMB 2 and 3 dialect that each data path selects, and whether it supports SMB 1; queried for each tenant."""

from __future__ import annotations

from krbcheck.asking.scheduler import Ask, Asking
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.kerberos.grants import nobody
from krbcheck.collectors.smb.data_paths import Target, targets
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.smb import SmbOneSpeech, SmbSpeech, SmbSpeeches
from krbcheck.probes.smb import negotiate
from krbcheck.site.stated import Site

SECONDS = 3.0


def smb_speeches(site: Site, this_host: ThisHost, names: NameAnswers) -> Asking[SmbSpeeches]:
    asked = targets(site, this_host, names)
    answers = yield [_negotiate(one) for one in asked] + [_smb_one(one) for one in asked]
    rows = [(one.tenant.name, one.path.name, one.path.storage, one.address) for one in asked]
    return SmbSpeeches(
        tuple(SmbSpeech(*row, seen) for row, seen in zip(rows, answers[: len(rows)], strict=True)),
        tuple(SmbOneSpeech(*row, seen) for row, seen in zip(rows, answers[len(rows) :], strict=True)),
    )


def _negotiate(one: Target) -> Ask:
    text = f"SMB2 NEGOTIATE at {one.where}"
    if not one.address:
        return Ask(nobody, (one.why_none,), text, vantage=one.tenant.name)
    args = (one.path.name, one.address, one.source, SECONDS)
    return Ask(negotiate.negotiate, args, text, one.address, one.service, one.tenant.name, SECONDS)


def _smb_one(one: Target) -> Ask:
    text = f"SMB 1 NEGOTIATE at {one.where}"
    if not one.address:
        return Ask(nobody, (one.why_none,), text, vantage=one.tenant.name)
    # A service of its own: a storage that answers SMB 1 with silence is not silent.
    args = (one.address, one.source, SECONDS)
    return Ask(negotiate.smb_one, args, text, one.address, f"smb1 from {one.tenant.name}", one.tenant.name, SECONDS)
