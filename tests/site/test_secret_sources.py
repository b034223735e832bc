"""Where a secret is: one source, which is named; what may be the secret itself is not quoted."""

from __future__ import annotations

from pathlib import Path

import pytest

from krbcheck.site.mistakes import Mistake
from krbcheck.site.secret_sources import secret
from krbcheck.site.stated import SecretKind, SecretSource
from krbcheck.site.yaml_tree import read_tree

FOLDER = Path("/sites/lab")


@pytest.mark.parametrize(
    ("text", "kind", "location"),
    [
        ("{env: KRBCHECK_VMLEVEL}", SecretKind.ENV, "KRBCHECK_VMLEVEL"),
        ("{prompt: true}", SecretKind.PROMPT, ""),
        ("{file: secret}", SecretKind.FILE, "/sites/lab/secret"),
        ("{file: /etc/secret}", SecretKind.FILE, "/etc/secret"),
        ("{keytab: 'FILE:hv01.keytab'}", SecretKind.KEYTAB, "/sites/lab/hv01.keytab"),
        ("{ccache: FILE:/tmp/cache}", SecretKind.CCACHE, "/tmp/cache"),
    ],
)
def test_a_path_is_relative_to_the_site_file(text: str, kind: SecretKind, location: str) -> None:
    """MIT's `FILE:` before a path names the type of a keytab or a cache."""
    assert secret(read_tree(text), FOLDER) == SecretSource(kind, location, 1)


def test_nothing_stated_is_no_mistake() -> None:
    assert secret(None, FOLDER) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Passw0rd", "the site file must not contain a secret"),
        ("{password: Passw0rd}", "the source of a secret is unknown"),
        ("{env: Passw0rd!}", "'env' of a secret is not the name of an environment variable"),
        ("{prompt: Passw0rd}", "'prompt' of a secret is not true"),
        ("{file: }", "'file' of a secret is empty"),
        ("{env: A, file: Passw0rd}", "a secret has exactly one source"),
        ("[Passw0rd]", "a secret has exactly one source"),
        ("{file: " + "Passw0rd" * 200 + "}", "'file' of a secret is too long for a path"),
    ],
)
def test_a_mistake_never_quotes_what_may_be_the_secret(text: str, says: str) -> None:
    with pytest.raises(Mistake) as mistake:
        secret(read_tree(text), FOLDER)
    assert says in str(mistake.value)
    assert "Passw0rd" not in str(mistake.value)


def test_a_kind_that_is_not_allowed_here_is_rejected_with_those_that_are() -> None:
    with pytest.raises(Mistake, match=r"did you mean 'keytab'\? one of \{keytab: PATH\}"):
        secret(read_tree("{keytabs: a}"), FOLDER, ("keytab",))
