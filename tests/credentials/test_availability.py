"""Whether each secret of a site file can be read; nobody is prompted and nothing is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from krbcheck.credentials.availability import availabilities
from krbcheck.credentials.loading import Surroundings
from krbcheck.site.stated import Domain, SecretKind, SecretSource, Site


def unasked(question: str) -> str:
    pytest.fail(f"prompted: {question}")


def test_each_source_is_read_and_a_prompt_is_not_shown(tmp_path: Path) -> None:
    password = tmp_path / "secret"
    password.write_text("x\n")
    password.chmod(0o600)
    sources = {
        "a@A.COM": SecretSource(SecretKind.FILE, str(password), 1),
        "b@B.COM": SecretSource(SecretKind.FILE, str(tmp_path / "none"), 2),
        "c@C.COM": SecretSource(SecretKind.ENV, "NOT_SET", 3),
        "d@D.COM": SecretSource(SecretKind.PROMPT, "", 4),
        "e@E.COM": SecretSource(SecretKind.KEYTAB, str(password), 5),
    }
    domains = tuple(Domain(name.partition("@")[2].lower(), name, source) for name, source in sources.items())
    warned: list[str] = []
    around = Surroundings("site.yaml", {}, unasked, warned.append)
    found = {entry.account: entry for entry in availabilities(Site("s", domains, (), ()), around)}
    assert list(found) == list(sources)
    assert found["a@A.COM"].problem == ""
    assert found["a@A.COM"].described == "file secret"
    assert found["b@B.COM"].problem == "it cannot be read: No such file or directory"
    assert (found["c@C.COM"].problem, found["c@C.COM"].lacking) == ("environment variable NOT_SET is not set", True)
    assert (found["d@D.COM"].prompted, found["d@D.COM"].problem) == (True, "")
    assert found["e@E.COM"].problem
    assert not found["e@E.COM"].lacking
    assert warned == []


def test_an_account_that_is_stated_twice_is_read_once() -> None:
    source = SecretSource(SecretKind.ENV, "X", 1)
    site = Site("s", (Domain("a.com", "a@A.COM", source), Domain("b.com", "a@A.COM", source)), (), ())
    assert len(list(availabilities(site, Surroundings("s", {"X": "1"}, None, print)))) == 1
