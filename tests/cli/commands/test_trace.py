"""krbcheck trace: what it takes, the user's mistakes, how it ends where nothing answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from krbcheck.cli.schemas import schema


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing argument 'PRINCIPAL'"),
        (["a@B.TEST"], "Missing argument 'SERVICE'"),
        (["a@B.TEST", "cifs/x"], "Missing option '--site'"),
        (["alice-hv01$@VMLEVEL.TST", "cifs/x", "--site", "SITE"], "did you mean 'alice-hv01$@VMLEVEL.TEST'?"),
        (["nobody@ELSE.WHERE", "cifs/x", "--site", "SITE"], "the site file contains alice-hv01$@VMLEVEL.TEST, reader@"),
        (["alice-hv01$@VMLEVEL.TEST", "vmstore", "--site", "SITE"], "'vmstore' is not a service name; allowed: CLASS/"),
        (["a@B.TEST", "cifs/x", "--site", "SITE", "--output", "none/x"], "none/x: folder none does not exist"),
        (["a@B.TEST", "cifs/x", "--site", "nothing.yaml"], "nothing.yaml: cannot be read"),
    ],
)
def test_a_mistake_is_one_line(krbcheck: Callable[..., Any], site: Path, arguments: list[str], words: str) -> None:
    typed = [str(site) if argument == "SITE" else argument for argument in arguments]
    assert words in krbcheck("trace", *typed).line


def test_without_a_secret_it_stays_unknown(krbcheck: Callable[..., Any], site: Path) -> None:
    ended = krbcheck("trace", "ALICE-HV01$@vmlevel.test", "http/any.where", "--site", str(site), "--format", "json")
    made = json.loads(ended.out)
    assert (ended.status, made["outcome"], made["principal"]) == (3, "unknown", "alice-hv01$@VMLEVEL.TEST")


def test_a_file_gets_the_whole_trace(krbcheck: Callable[..., Any], site: Path, tmp_path: Path) -> None:
    file = tmp_path / "trace"
    typed = ("trace", "alice-hv01$@VMLEVEL.TEST", "http/any.where", "--site", str(site), "--output", str(file))
    assert krbcheck(*typed, "--format", "json", "--quiet").out == ""
    jsonschema.validate(json.loads(file.read_text()), schema("trace"))
    assert krbcheck(*typed).out == ""
    assert file.read_text().startswith("alice-hv01$@VMLEVEL.TEST for http/any.where\n")


def test_a_trace_has_the_forms_and_facts_of_the_other_commands(
    krbcheck: Callable[..., Any], site: Path, tmp_path: Path
) -> None:
    text, data, facts = (tmp_path / name for name in ("t.txt", "t.json", "facts.json"))
    typed = ("trace", "alice-hv01$@VMLEVEL.TEST", "http/any.where", "--site", str(site))
    forms = ("--format", "terminal", "--output", text, "--format", "json", "--output", data, "--save", facts)
    assert krbcheck(*typed, *forms).out == ""
    assert text.read_text().startswith("alice-hv01$@VMLEVEL.TEST for http/any.where\n")
    assert json.loads(data.read_text())["schema"] == 2
    assert "TicketGrants" in json.loads(facts.read_text())["families"]
    for form, start in (("csv", "principal,service"), ("markdown", "## krbcheck trace"), ("html", "<!doctype html>")):
        assert krbcheck(*typed, "--format", form).out.startswith(start)
