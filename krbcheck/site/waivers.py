"""Reads the waivers of a user from YAML: findings that are accepted for a time, each with its reason and its owner.

    krbcheck: 1
    waivers:
      - code: spn.enctypes/implicit
        subject: VMSTORE$@TINTRI.COM
        reason: the storage gets AES keys with the next firmware
        owner: storage team
        until: 2027-03-31

`subject` is a pattern: `*` is any text, `?` any character. The last day that counts is `until`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Mapping as Table
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from krbcheck.site.fields import Fields, items, text
from krbcheck.site.form import Form
from krbcheck.site.mistakes import Mistake, Mistakes
from krbcheck.site.reading import MAX_BYTES, SiteError, one_line
from krbcheck.site.suggest import allowed_of, quoted
from krbcheck.site.yaml_tree import BadYaml, Mapping, Node, Sequence, Text, read_tree

ALLOWED = "a list of {code: …, subject: …, reason: …, owner: …, until: …}"


class Waiver(msgspec.Struct, frozen=True):
    """One accepted finding. `subject` is a pattern, `until` the last day."""

    code: str
    subject: str
    reason: str
    owner: str
    until: date

    def concerns(self, code: str, subject: str) -> bool:
        """Whether the code is the same and the pattern fits the subject."""
        return code == self.code and self.fits(subject)

    def fits(self, subject: str) -> bool:
        """Whether the pattern fits the whole subject; letter case is ignored."""
        parts = ({"*": ".*", "?": "."}.get(letter) or re.escape(letter) for letter in self.subject)
        return re.fullmatch("".join(parts), subject, re.IGNORECASE | re.DOTALL) is not None


class WaiverForm(Form):
    code: Annotated[str, Meta(pattern=r"^[a-z-]+\.[a-z-]+/[a-z0-9-]+$", examples=["spn.enctypes/implicit"])]
    subject: Annotated[str, Meta(min_length=1, examples=["VMSTORE$@TINTRI.COM", "alice-hv0?$@VMLEVEL.COM on *"])]
    reason: Annotated[str, Meta(min_length=1)]
    owner: Annotated[str, Meta(min_length=1)]
    until: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2027-03-31"])]


class WaiversForm(Form):
    krbcheck: Literal[1]
    waivers: list[WaiverForm]


WAIVERS: Table[str, str] = MappingProxyType(
    {
        "WaiversForm.krbcheck": "The version of the format of the file.",
        "WaiversForm.waivers": "The findings that are accepted.",
        "WaiverForm.code": "The code of the findings, as in the report.",
        "WaiverForm.subject": "A pattern of the whole subject: * is any text, ? is any character.",
        "WaiverForm.reason": "Why they are accepted.",
        "WaiverForm.owner": "Who accepts them.",
        "WaiverForm.until": "The last day on which the waiver is valid, in UTC.",
    }
)
"""The descriptions of the keys in the JSON Schema; the key is `Form.property`."""


def read_waivers(path: Path, codes: Collection[str]) -> tuple[Waiver, ...]:
    """Reads the file at `path`; `codes` are those of all findings. Raises SiteError."""
    shown = one_line(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise BadYaml(1, f"the file is larger than {MAX_BYTES} bytes")
        mistakes = Mistakes()
        found = mistakes.read((), _waivers, read_tree(data.decode("utf-8-sig")), codes, mistakes)
    except UnicodeDecodeError:
        raise SiteError(f"{shown}:1: the file is not UTF-8 text; waivers are YAML in UTF-8") from None
    except (OSError, ValueError) as bad:
        why = getattr(bad, "strerror", None) or "not a valid file name"
        raise SiteError(f"{shown}: cannot be read: {why}; specify a file of waivers") from None
    except BadYaml as bad:
        raise SiteError(f"{shown}:{bad.line}: {bad.says}") from None
    if mistakes.found:
        first = min(mistakes.found, key=lambda mistake: mistake.line)
        raise SiteError(f"{shown}:{first.line}: {first.says}; {first.allowed}")
    return found


def _waivers(root: Node, codes: Collection[str], mistakes: Mistakes) -> tuple[Waiver, ...]:
    if not isinstance(root, Mapping) or not any(key.value == "waivers" for key, _ in root.pairs):
        raise Mistake(root.line, "not a file of waivers", f"'krbcheck: 1' and 'waivers:' with {ALLOWED}")
    fields = Fields(root, "the file of waivers", WaiversForm, mistakes)
    version = fields["krbcheck"]
    if not isinstance(version, Text) or version.value != "1":
        mistakes.add(Mistake(version.line, "the format version is not 1", "'krbcheck: 1'"))
    found: list[Waiver] = []
    stated = fields["waivers"]
    if isinstance(stated, Sequence) and not stated.items:
        return ()
    for entry in items(stated, "waivers", f"{ALLOWED}, or []"):
        with mistakes.kept():
            found.append(_waiver(Fields(entry, "a waiver", WaiverForm, mistakes), codes))
    return tuple(found)


def _waiver(fields: Fields, codes: Collection[str]) -> Waiver:
    code = text(fields["code"], "the code of a waiver", "a finding's code such as spn.enctypes/implicit")
    if code not in codes:
        raise Mistake(fields["code"].line, f"no finding has the code {quoted(code)}", _similar(code, codes))
    subject = text(fields["subject"], "the subject of a waiver", "a subject of a finding; * is any text")
    reason = text(fields["reason"], "the reason of a waiver", "why the finding is accepted")
    owner = text(fields["owner"], "the owner of a waiver", "who accepts it")
    return Waiver(code, subject, reason, owner, _day(fields["until"]))


def _similar(code: str, codes: Collection[str]) -> str:
    """The codes of the same check, else those of the same area, else where codes are."""
    for start in (code.partition("/")[0] + "/", code.partition(".")[0] + "."):
        near = [known for known in codes if known.startswith(start)]
        if near:
            return allowed_of(code, near)
    return "codes are in the report, and in krbcheck explain --all"


def _day(node: Node) -> date:
    allowed = "a day such as 2027-03-31"
    typed = text(node, "until of a waiver", allowed)
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Mistake(node.line, f"until is {quoted(typed)}", allowed) from None
