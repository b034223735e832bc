"""Compares the two sources of a share's access list: its descriptor over RPC, and its ACL by the REST API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from krbcheck.judging.check import Problem
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Tenant
from krbcheck.views.access_lists import ShareLists
from krbcheck.views.memberships import EVERYONE
from krbcheck.views.rest_acls import RestAcl
from krbcheck.windows.access_check import ALL, mapped
from krbcheck.windows.access_masks import access_word
from krbcheck.windows.descriptor import Descriptor
from krbcheck.windows.remedy import changes, looks

from ._wording import shortened

SOURCES_DIFFER = Problem(
    "sources-differ",
    Severity.ERROR,
    says="{share} on {storage} has different access lists by REST and by SMB: {differences}",
    remedy=(
        looks(
            "Get-TintriSmbShareAccess -Name '{share}'",
            says="Shows the access list of the REST API",
            needs="TintriPSToolkit, after Connect-TintriServer",
        ),
        looks(says="If the access list was changed a moment ago, wait a minute and run krbcheck again."),
        changes(
            says="If the lists stay different, set the intended entries again with Grant-TintriSmbShareAccess and "
            "Revoke-TintriSmbShareAccess, and clarify with the support of {storage} which of the two lists applies.",
            on="{storage}",
            undo_says="Set the entries that the first step returned.",
        ),
    ),
    means="The storage applies one of the two lists. An administrator who reads the other relies on access that is not "
    "granted, or on a refusal that does not happen.",
)


def compared(lists: ShareLists, rest: RestAcl | None, owner: Tenant) -> Iterator[Verdict]:
    """Yields one verdict for a share of a storage with a REST API.

    If one source is missing, it is not determined whether they differ; the other list is judged by itself.
    """
    descriptor = None if lists.lists.is_rest else lists.lists.share
    if rest is None:
        return
    subject = f"{lists.subject} by REST"
    grounds = [ground for ground in (lists.ground, rest.ground) if ground is not None]
    if rest.descriptor is None or descriptor is None:
        why = rest.why_not or lists.why_not or "the access list by SMB was not returned, so it was not compared"
        storage = lists.storage.name
        about = {"appliance": storage} if rest.descriptor is None else {"storage": storage, "share": lists.share.name}
        yield unknown(subject, *grounds, tenant=owner.name, says=why, about=about)
        return
    differences = list(_differences(lists, _granted(rest.descriptor), _granted(descriptor)))
    if not differences:
        yield fine(subject, *grounds, tenant=owner.name)
        return
    yield SOURCES_DIFFER(
        subject,
        *grounds,
        tenant=owner.name,
        expected="the same entries in both lists",
        found="; ".join(differences),
        differences="; ".join(shortened(differences)),
        share=lists.share.name,
        storage=lists.storage.name,
    )


def _granted(descriptor: Descriptor) -> Mapping[str, int]:
    """The access that the entries grant to each SID; REST has no entries that deny, so they are not compared."""
    if descriptor.dacl is None:
        return {EVERYONE: ALL}
    found: dict[str, int] = {}
    for ace in descriptor.dacl:
        if ace.allow and not ace.inherit_only:
            found[ace.sid] = found.get(ace.sid, 0) | mapped(ace.mask)
    return found


def _differences(lists: ShareLists, rest: Mapping[str, int], smb: Mapping[str, int]) -> Iterator[str]:
    for sid in _each(rest, smb):
        name = lists.groups.name(sid, lists.storage.name)
        by_rest, by_smb = _word(rest, sid), _word(smb, sid)
        if by_rest != by_smb:
            yield f"{name} has {by_rest} by REST and {by_smb} by SMB"


def _each(*lists: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(sid for each in lists for sid in each)


def _word(granted: Mapping[str, int], sid: str) -> str:
    return f"{access_word(granted[sid])} access" if sid in granted else "no entry"
