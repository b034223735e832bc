"""What every test run shares: the order (the lab last), whether lab runs are recorded, bytes of real systems."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from krbcheck.facts.observation import Facts
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.judging import judge, registry
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Access, DataPath, Domain, Principal, Share, Site, Storage, Tenant

VECTORS = Path(__file__).resolve().parents[2] / "shared" / "vectors"
NO_VECTORS = "../shared/vectors is missing"


def _make_importable(package: str, folder: Path) -> None:
    """`import package` finds the folder, and nothing beside it: with the checkout in sys.path, tests/run would test
    the checkout and not the wheel.
    """
    module = ModuleType(package)
    module.__path__ = [str(folder)]
    sys.modules[package] = module


_make_importable("fixtures", Path(__file__).resolve().parents[1] / "fixtures")
_make_importable("docs", Path(__file__).resolve().parents[1] / "docs")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record",
        action="store_true",
        help="save what each lab test saw to fixtures/recorded, for the fast tests to replay",
    )
    parser.addoption(
        "--part",
        default="1/1",
        metavar="N/PARTS",
        help="run the Nth of so many equal parts of the lab tests, so that several labs share them",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Fast tests run before the lab tests, which take minutes and may be divided."""
    number, parts = map(int, config.getoption("--part").split("/"))
    lab = [item for item in items if item.get_closest_marker("lab")]
    shared = [item for item in lab if not item.get_closest_marker("each_lab")]
    others = {item for index, item in enumerate(shared) if index % parts != number - 1}
    config.hook.pytest_deselected(items=list(others))
    items[:] = [item for item in items if item not in others]
    items.sort(key=lambda item: item.get_closest_marker("lab") is not None)


@pytest.fixture(scope="session", autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither read nor write what krbcheck remembers of rejected credentials of the user who runs them, and have
    no width of their terminal.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COLUMNS", raising=False)
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of messages, tickets and captures of real systems beside the repository; read where it lies.

    It is not part of the repository. KRBCHECK_VECTORS=required makes its absence a failure, else the test is skipped.
    """
    if not VECTORS.is_dir():
        if os.environ.get("KRBCHECK_VECTORS") == "required":
            pytest.fail(f"{VECTORS} is missing")
        pytest.skip(NO_VECTORS)
    return VECTORS


def _skipped(config: pytest.Config) -> list[pytest.TestReport]:
    reporter: pytest.TerminalReporter | None = config.pluginmanager.get_plugin("terminalreporter")
    return reporter.getreports("skipped") if reporter else []


def _no_skip_is_allowed() -> bool:
    return os.environ.get("KRBCHECK_SKIPS") == "forbidden"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """KRBCHECK_SKIPS=forbidden: a run that skipped a test has failed."""
    if _no_skip_is_allowed() and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line for all tests that were skipped because the vectors are missing."""
    skipped = _skipped(config)
    without_vectors = sum(NO_VECTORS in str(report.longrepr) for report in skipped)
    if without_vectors:
        terminalreporter.write_line(f"{without_vectors} tests were skipped: {NO_VECTORS}", yellow=True)
    if skipped and _no_skip_is_allowed():
        terminalreporter.write_line(f"{len(skipped)} tests were skipped, which KRBCHECK_SKIPS forbids", red=True)


def tenant(name: str, number: int) -> Tenant:
    return Tenant(
        name,
        networks=(f"10.77.{number}.0/24",),
        data_paths=(DataPath(f"vmstore-{name}.tintri.com", "vmstore", f"10.77.{number}.30"),),
        shares=(Share(f"{name.title()}VMs", Access.FULL, "vmstore"),),
        principals=(Principal(f"{name}-hv01$@VMLEVEL.COM"),),
    )


@pytest.fixture
def cloud() -> Site:
    """Hosts of two tenants in one domain, their storage in another, which the search order lists."""
    return Site(
        "cloud",
        domains=(
            Domain("vmlevel.com", "krbcheck@VMLEVEL.COM", forest_search_order=("tintri.com",)),
            Domain("tintri.com", "krbcheck@TINTRI.COM"),
        ),
        storages=(Storage("vmstore", "VMSTORE$@TINTRI.COM"),),
        tenants=(tenant("alice", 11), tenant("bob", 12)),
    )


checks = cache(registry.load)


@pytest.fixture
def judged(cloud: Site) -> Callable[..., list[Verdict]]:
    """The verdicts of a check; families that are not given are empty. From here alice is asked for, bob is not."""

    def verdicts(check: str, *families: Facts, of: Site = cloud) -> list[Verdict]:
        entry = checks()[check]
        facts: dict[type[Facts], Facts] = {kind: kind() for kind in entry.families}
        facts[Vantages] = Vantages(
            (VantagePoint("alice", "station", "10.77.11.9"), VantagePoint("bob", "station", "", "no leg on VLAN 12"))
        )
        facts |= {type(family): family for family in families}
        (report,) = judge.judge(of, facts, [entry])
        assert not report.crash, report.crash
        return list(report.verdicts)

    return verdicts


@pytest.fixture
def in_order(judged: Callable[..., list[Verdict]]) -> Callable[..., list[str]]:
    """The same as lines: `code`, `fine` or `unknown`, then the tenant (or -), then the subject."""

    def said(check: str, *families: Facts, **of: Site) -> list[str]:
        verdicts = judged(check, *families, **of)
        kinds = [getattr(verdict, "code", type(verdict).__name__.lower()) for verdict in verdicts]
        return [
            f"{kind} {finding.tenant or '-'} {finding.subject}" for kind, finding in zip(kinds, verdicts, strict=True)
        ]

    return said


@pytest.fixture
def lines(in_order: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """The same sorted: the order of verdicts is the report's matter."""
    return lambda check, *families, **of: sorted(in_order(check, *families, **of))


@pytest.fixture
def verdicts(judged: Callable[..., list[Verdict]]) -> Callable[..., list[Verdict]]:
    """An area whose checks are judged on another site has its own."""
    return judged


@pytest.fixture
def codes(verdicts: Callable[..., list[Verdict]]) -> Callable[..., list[str]]:
    """The codes of the verdicts without the check's id, with `fine` and `unknown` for what they are."""

    def said(check: str, *families: Facts) -> list[str]:
        return [
            verdict.code.partition("/")[2] if isinstance(verdict, Finding) else type(verdict).__name__.lower()
            for verdict in verdicts(check, *families)
        ]

    return said
