"""Reads where the site file states that the tickets of a principal's host are. They hold no secret that is used."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from krbcheck.site.fields import Fields, items, text
from krbcheck.site.form import TicketsForm
from krbcheck.site.mistakes import Mistake, Mistakes
from krbcheck.site.stated import TicketSource
from krbcheck.site.suggest import quoted
from krbcheck.site.yaml_tree import Node

FORMS = "{ccache: PATH} or {klist: [PATH], time_zone: Europe/Berlin}"
MOST_FILES = 20
UTC = "UTC"


def tickets(node: Node | None, principal: str, folder: Path, mistakes: Mistakes) -> TicketSource | None:
    """None where nothing is stated. Paths are relative to the site file's `folder`."""
    if node is None:
        return None
    what = f"the tickets of {principal}"
    fields = Fields(node, what, TicketsForm, mistakes)
    cache, listed, zone = fields.get("ccache"), fields.get("klist"), fields.get("time_zone")
    if (cache is None) == (listed is None):
        raise Mistake(
            fields.line, f"{what} have {'no' if cache is None else 'more than one'} source", f"tickets: {FORMS}"
        )
    if cache is not None:
        if zone is not None:
            says = f"time_zone is stated for the ccache of {principal}"
            raise Mistake(zone.line, says, "remove it: the times in a credential cache are UTC")
        return TicketSource(ccache=_path(cache, f"the ccache of {principal}", folder), line=cache.line)
    assert listed is not None
    files = items(listed, f"the klist of {principal}", "a list of paths of saved output")
    if len(files) > MOST_FILES:
        raise Mistake(listed.line, f"the klist of {principal} has {len(files)} files", f"at most {MOST_FILES}")
    if zone is None:
        says = f"time_zone is missing in {what}, and klist shows local times"
        raise Mistake(fields.line, says, "time_zone: the host's zone, such as Europe/Berlin or UTC")
    paths = tuple(_path(file, f"a file in the klist of {principal}", folder) for file in files)
    return TicketSource(klist=paths, time_zone=_zone(zone, principal), line=listed.line)


def _path(node: Node, what: str, folder: Path) -> str:
    typed = text(node, what, "the path of a file, relative to the site file")
    return str((folder / typed.removeprefix("FILE:")).absolute())


def _zone(node: Node, principal: str) -> str:
    allowed = "an IANA name such as Europe/Berlin, America/New_York or UTC"
    name = text(node, f"the time_zone of {principal}", allowed)
    try:
        return name if name == UTC else ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        says = f"the time_zone of {principal} is {quoted(name)}, which is not in the time zone database of this host"
        raise Mistake(node.line, says, allowed) from None
