"""The tests of a module are found by its path.

The tests of `krbcheck/probes/kerberos/exchanges.py` are `tests/probes/kerberos/test_exchanges.py`, those of
`checks/dns/resolves.py` are `tests/checks/dns/test_resolves.py`. A second file of tests adds a suffix:
`test_exchanges_fuzz.py`. What several of these files use is in `tests/support`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.rooms import MAY_IMPORT

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
ELSEWHERE = {"lab", "benchmark", "weather"}
"""Folders whose tests are for the whole and not for a module."""

DATA = "records without behavior"
WITHOUT: Mapping[str, str] = {
    "krbcheck/cli/asking_here.py": "tests/cli/commands/test_judge.py",
    "krbcheck/cli/audit_pack.py": "tests/cli/commands/test_audit.py",
    "krbcheck/cli/commands/collect.py": "tests/cli/commands/test_judge.py",
    "krbcheck/cli/commands/completion.py": "tests/cli/test_manual.py",
    "krbcheck/cli/init_scope.py": "tests/lab/test_init.py",
    "krbcheck/cli/mistakes.py": DATA,
    "krbcheck/cli/options.py": "tests/cli/test_outputs.py",
    "krbcheck/cli/pseudonymous_site.py": "tests/recording/test_pseudonyms.py",
    "krbcheck/cli/table.py": "tests/cli/test_main.py",
    "krbcheck/collectors/dns/principal_hosts.py": "tests/lab/test_init.py",
    "krbcheck/collectors/rpc/reader_listings.py": "tests/lab/test_init.py",
    "krbcheck/collectors/dns/managements.py": "tests/collectors/tcp/test_ports_management.py",
    "krbcheck/collectors/ldap/reader.py": "tests/collectors/ldap/test_directories.py",
    "krbcheck/recording/lockout_descriptions.py": "tests/recording/test_field_descriptions.py",
    "krbcheck/recording/share_descriptions.py": "tests/recording/test_field_descriptions.py",
    "krbcheck/recording/vmstore_descriptions.py": "tests/recording/test_field_descriptions.py",
    "krbcheck/collectors/rest/readers.py": "tests/collectors/rest/test_vmstore_answers.py",
    "krbcheck/facts/backup_servers.py": DATA,
    "krbcheck/facts/cross_sessions.py": DATA,
    "krbcheck/facts/listed_shares.py": "tests/probes/rpc/test_listed_shares.py",
    "krbcheck/facts/older_answers.py": DATA,
    "krbcheck/probes/rpc/backup_session.py": "tests/probes/rpc/test_fsrvp.py",
    "krbcheck/recording/vocabulary.py": "tests/recording/test_pseudonyms.py",
    "krbcheck/report/audit_csv.py": "tests/report/test_audit.py",
    "krbcheck/report/audit_descriptions.py": "tests/report/test_field_descriptions.py",
    "krbcheck/report/audit_html.py": "tests/report/test_audit.py",
    "krbcheck/report/difference_page.py": "tests/report/test_difference.py",
    "krbcheck/report/formats/terminal.py": "tests/report/test_forms.py",
    "krbcheck/report/grouping.py": "tests/report/test_report_page.py",
    "krbcheck/report/matrix_page.py": "tests/report/test_matrix.py",
    "krbcheck/report/page.py": "tests/report/test_report_hostile.py",
    "krbcheck/report/trace_page.py": "tests/report/test_trace.py",
    "krbcheck/site/fields.py": "tests/site/test_reading.py",
    "krbcheck/site/form.py": DATA,
    "krbcheck/site/tenants.py": "tests/site/test_reading.py",
    "krbcheck/views/access_lists.py": "tests/checks/isolation/test_acl.py",
    "krbcheck/views/backup_accounts.py": "tests/checks/backup/test_rights.py",
    "krbcheck/views/backup_right_holders.py": "tests/checks/isolation/test_backup.py",
    "krbcheck/views/descriptor_pairs.py": "tests/checks/isolation/test_acl.py",
    "krbcheck/views/share_folders.py": "tests/checks/isolation/test_overlap.py",
    "krbcheck/views/unstated_shares.py": "tests/checks/isolation/test_unstated.py",
    "krbcheck/views/search_order/effect.py": "tests/views/search_order/test_application.py",
    "krbcheck/views/search_order/policies.py": "tests/views/search_order/test_application.py",
    "krbcheck/views/share_grants/foreign.py": "tests/checks/isolation/test_acl.py",
    "krbcheck/views/share_grants/missing.py": "tests/checks/isolation/test_acl.py",
    "krbcheck/views/share_grants/unused.py": "tests/checks/isolation/test_acl.py",
    "krbcheck/views/spn_owners.py": "tests/checks/spn/test_owner.py",
    "krbcheck/views/ticket_groups.py": "tests/checks/ticket/test_groups.py",
    "krbcheck/views/tried_access.py": "tests/checks/isolation/test_own.py",
    "krbcheck/views/rest_acls.py": "tests/checks/isolation/test_acl_vmstore.py",
    "krbcheck/views/vmstore_roles.py": "tests/checks/isolation/test_administrators_vmstore.py",
    "krbcheck/windows/malformed.py": DATA,
}
"""Modules without a file of tests, each with the reason or the tests that run it. This list only gets shorter."""


def modules() -> list[Path]:
    files = (file for folder in ("krbcheck", "checks") for file in (ROOT / folder).rglob("*.py"))
    return sorted(file.relative_to(ROOT) for file in files if file.name not in {"__init__.py", "__main__.py"})


def folder_of(module: Path) -> Path:
    """Where its tests are, relative to `tests`."""
    parts = module.parent.parts
    return Path(*parts) if parts[0] == "checks" else Path(*parts[1:])


def files_of_tests() -> list[Path]:
    """The files of tests for modules, relative to `tests`."""
    files = (file.relative_to(TESTS) for file in TESTS.rglob("test_*.py"))
    return sorted(file for file in files if len(file.parts) > 1 and file.parts[0] not in ELSEWHERE)


def module_of(file: Path) -> Path | None:
    """The module that a file of tests is for: the longest name that it begins with."""
    name = file.stem.removeprefix("test_")
    known = [module for module in modules() if folder_of(module) == file.parent]
    named = [module for module in known if f"{name}_".startswith(f"{module.stem.lstrip('_')}_")]
    return max(named, key=lambda module: (len(module.stem.lstrip("_")), not is_private(module)), default=None)


def is_private(module: Path) -> bool:
    """The tests of the checks of an area are also those of the modules that these checks share."""
    return module.parts[0] == "checks" and module.stem.startswith("_")


def test_every_file_of_tests_is_for_a_module() -> None:
    assert {file.parts[0] for file in files_of_tests()} <= set(MAY_IMPORT)
    lost = [str(file) for file in files_of_tests() if module_of(file) is None]
    assert lost == [], "name the file after the module that it tests, in the folder of that name"


def test_every_module_has_tests_under_its_path() -> None:
    tested = {module_of(file) for file in files_of_tests()}
    missing = {str(module) for module in modules() if module not in tested and not is_private(module)}
    added, outdated = sorted(missing - set(WITHOUT)), sorted(set(WITHOUT) - missing)
    assert not added, f"add tests under the path of {', '.join(added)}: tests/…/test_NAME.py"
    assert not outdated, f"remove from the list, since it has tests or does not exist: {', '.join(outdated)}"


def test_the_tests_that_stand_in_exist() -> None:
    named = {reason for reason in WITHOUT.values() if reason.startswith("tests/")}
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []
