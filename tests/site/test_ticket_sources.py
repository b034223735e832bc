"""`tickets` of a principal: where the site file states that those of its own host are."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import msgspec
import pytest
import yaml

from krbcheck.site.form import SiteForm
from krbcheck.site.reading import SiteError, site_of
from krbcheck.site.stated import Principal, TicketSource

FILE = Path(__file__).with_name("site.yaml")
NAME = "{name: 'alice-hv02$@VMLEVEL.COM'"
GOOD = [
    ("{ccache: FILE:alice.ccache}", TicketSource(ccache=str(FILE.parent / "alice.ccache"), line=34)),
    (
        "{klist: [a.txt, b.txt], time_zone: Europe/Berlin}",
        TicketSource(
            klist=(str(FILE.parent / "a.txt"), str(FILE.parent / "b.txt")), time_zone="Europe/Berlin", line=34
        ),
    ),
    ("{klist: [a.txt], time_zone: UTC}", TicketSource(klist=(str(FILE.parent / "a.txt"),), time_zone="UTC", line=34)),
]
BAD = [
    ("{}", "is empty"),
    ("klist.txt", "is text, not a mapping"),
    ("{time_zone: UTC}", "have no source; tickets: {ccache: PATH} or {klist: [PATH], time_zone: Europe/Berlin}"),
    ("{ccache: a, klist: [b], time_zone: UTC}", "have more than one source"),
    ("{ccache: a, time_zone: UTC}", "time_zone is stated for the ccache"),
    ("{klist: [a]}", "time_zone is missing in the tickets of alice-hv02$@VMLEVEL.COM, and klist shows local times"),
    ("{klist: a, time_zone: UTC}", "is text, not a list; a list of paths"),
    ("{klist: [], time_zone: UTC}", "the klist of alice-hv02$@VMLEVEL.COM is empty"),
    (
        "{klist: [a], time_zone: Mars/Base}",
        "is 'Mars/Base', which is not in the time zone database of this host; an IANA name",
    ),
    ("{klist: [a], time_zone: ../../etc/passwd}", "which is not in the time zone database"),
    ("{klist: [a], time_zone: Europe}", "which is not in the time zone database"),
    ("{klists: [a]}", "did you mean 'klist'?"),
    ("{klist: [" + ", ".join("abcdefghijklmnopqrstu") + "], time_zone: UTC}", "has 21 files; at most 20"),
]


def changed(tickets: str) -> str:
    text = FILE.read_text()
    assert text.count(NAME) == 1
    return text.replace(NAME, f"{NAME}, tickets: {tickets}")


@pytest.mark.parametrize(("typed", "meant"), GOOD)
def test_where_the_tickets_of_a_host_are(typed: str, meant: TicketSource) -> None:
    site = site_of(changed(typed).encode(), "s", FILE)
    assert site.tenants[0].principals[1] == Principal("alice-hv02$@VMLEVEL.COM", tickets=meant)
    assert [principal.has_cache for principal in site.tenants[0].principals] == [False, True]
    jsonschema.validate(yaml.safe_load(changed(typed)), msgspec.json.schema(SiteForm))


@pytest.mark.parametrize(("typed", "why"), BAD)
def test_a_mistake_is_one_line(typed: str, why: str) -> None:
    with pytest.raises(SiteError) as caught:
        site_of(changed(typed).encode(), "site.yaml", FILE)
    said = str(caught.value)
    assert said.startswith("site.yaml:34: ")
    assert why in said
    assert said.isprintable()


@pytest.mark.parametrize("typed", ["{}", "{time_zone: UTC}", "{klist: [a]}", "{ccache: a, time_zone: UTC}", "text"])
def test_the_schema_refuses_it_too(typed: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(changed(typed)), msgspec.json.schema(SiteForm))
