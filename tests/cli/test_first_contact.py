"""A site file of a domain and a storage account: what is missing is stated after the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from krbcheck.cli.first_contact import hints
from krbcheck.site.reading import read_site

TWO = """\
krbcheck: 1
domains: {tintri.test: {name_servers: [127.77.0.1]}}
storage: {vmstore: {account: 'VMSTORE$@TINTRI.TEST'}}
"""


def test_where_nothing_answers_the_hints_name_all_that_is_missing(krbcheck: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(TWO)
    ended = krbcheck("run", file)
    assert ended.status == 3
    assert "To check more, add to the site file:" in ended.err
    assert "tenants: their networks, data paths, shares and hosts; krbcheck init drafts them" in ended.err
    assert "tintri.test: account and secret of any user" in ended.err
    assert "To check more" not in krbcheck("run", file, "--quiet").err


def test_a_site_with_tenants_has_hints_only_for_what_it_lacks(site: Path) -> None:
    stated = read_site(site)
    assert [hint.partition(":")[0] for hint in hints(stated, stated)] == [
        "tintri.test",
        "secrets of 1 hosts, such as alice-hv01$@VMLEVEL.TEST; their tickets and sessions are tested",
        "backup",
    ]
