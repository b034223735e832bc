"""Reads groups from directory entries, and when each member was written (MS-ADTS 3.1.1.4.5.21, the XML form)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

from krbcheck.facts.groups import Group, MemberWritten
from krbcheck.probes.ldap.values import Raw, sids, text

GROUP_ATTRIBUTES = ("sAMAccountName", "objectSid")
WRITTEN = "msDS-ReplValueMetaData"
CHANGE_ATTRIBUTES = (*GROUP_ATTRIBUTES, "whenChanged", WRITTEN)
MOST_VALUE = 1 << 16
ELEMENT = re.compile(r"<(\w{1,40})>([^<]*)</\1>")
NEVER = datetime(1601, 1, 1, tzinfo=UTC)


def group(dn: str, raw: Raw) -> Group:
    answers, cut = _values(raw)
    members = [written for value in answers for written in _member(value)]
    return Group(
        dn=dn,
        name=text(raw, "sAMAccountName"),
        sid=next(iter(sids(raw, "objectSid")), ""),
        changed=_generalized(text(raw, "whenChanged")),
        members=tuple(members) if members else None,
        cut=cut,
    )


def _values(raw: Raw) -> tuple[list[bytes], bool]:
    """Returns the values, and whether the directory returned only the first range of them (MS-ADTS 3.1.1.3.1.3.3)."""
    found: list[bytes] = []
    cut = False
    for name, values in raw.items():
        attribute, _, option = name.partition(";")
        if attribute.lower() == WRITTEN.lower():
            found += values
            cut = cut or (option.startswith("range=") and not option.endswith("*"))
    return found, cut


def _member(value: bytes) -> Iterator[MemberWritten]:
    """Yields nothing if the value is of another attribute or malformed. No XML parser is used, so entities and nesting
    have no effect.
    """
    said = dict(ELEMENT.findall(value[:MOST_VALUE].decode(errors="replace")))
    created, written = _moment(said.get("ftimeCreated")), _moment(said.get("ftimeLastOriginatingChange"))
    removed = _moment(said.get("ftimeDeleted"))
    if said.get("pszAttributeName") == "member" and "pszObjectDn" in said and created and written:
        yield MemberWritten(unescape(said["pszObjectDn"]), created, written, bool(removed and removed > NEVER))


def _moment(stamp: str | None) -> datetime | None:
    """Returns the time in UTC; None if it is absent or malformed."""
    try:
        return datetime.strptime(stamp or "", "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _generalized(stamp: str) -> datetime | None:
    """Returns a GeneralizedTime with tenths of seconds, which are always zero."""
    try:
        return datetime.strptime(stamp.partition(".")[0], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
