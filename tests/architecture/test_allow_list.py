"""Say for each layer what it may import from outside: what is not listed is not wanted."""

import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import Final

import grimp
import pytest

from tests.architecture.trees import PACKAGES, ROOT

ALLOWED: Final = {
    "domain": {"pydantic"},
    "domain.log": {"pydantic", "pydantic_core", "eventsourcing", "psycopg"},
    "projections": {"pydantic"},
    "projections.engine": {"pydantic", "structlog"},  # What it sets aside must be seen by someone.
    # A checkpoint that is damaged is left aside: somebody must be able to see that.
    "projections.checkpointing": {"pydantic", "structlog"},
    "projections.checkpoints": {"pydantic", "pydantic_core", "structlog"},
    "projections.checkpoints_facts": {"pydantic", "pydantic_core"},
    "projections.stores": {"pydantic", "pydantic_core", "psycopg"},
    "projections.stores.read_views_postgres": {"psycopg", "structlog"},
    "projections.web": {"pydantic", "jinja2", "markupsafe"},
    "projections.reports": {
        "pydantic",
        "jinja2",
        "docx",
        "icalendar",
        "lxml",
        "pptx",
        "xlsxwriter",
    },
}
OPTIONAL: Final = {
    "consumers.gateways.ics_replies": {"icalendar"},
    "consumers.gateways.sheet_workbook": {"openpyxl"},
    "consumers.levelling_cpsat": {"ortools"},
    "projections.reports.as_docx": {"docx"},
    "projections.reports.as_ics": {"icalendar"},
    "projections.reports.as_invitations": {"icalendar"},
    "projections.reports.as_pptx": {"pptx"},
    "projections.reports.as_xlsx": {"xlsxwriter"},
}
"""What an extra installs, and the one module that asks for it; it or this is imported late."""


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def home(module: str) -> str:
    """Return the longest listed package that holds the module, or nothing."""
    holding = [name for name in ALLOWED if f"{module}.".startswith(f"{name}.")]
    return max(holding, key=len, default="")


def imported_from_outside(graph: grimp.ImportGraph, modules: set[str]) -> set[str]:
    imported = {
        name.split(".")[0]
        for module in modules
        for name in graph.find_modules_directly_imported_by(module)
    }
    return imported - set(PACKAGES) - set(sys.stdlib_module_names)


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_a_layer_imports_only_what_is_listed(package: str, graph: grimp.ImportGraph) -> None:
    modules = {module for module in graph.modules if home(module) == package}
    assert modules
    assert imported_from_outside(graph, modules) <= ALLOWED[package]


def test_the_product_imports_nothing_that_only_the_tests_install(graph: grimp.ImportGraph) -> None:
    lock = (ROOT / "deploy" / "requirements" / "core.lock").read_text()
    locked = {row.split("==")[0] for row in lock.splitlines() if "==" in row}
    distributions = packages_distributions()
    modules = {module for module in graph.modules if module.split(".")[0] in PACKAGES}
    modules -= OPTIONAL.keys()
    strangers = {
        name
        for name in imported_from_outside(graph, modules)
        if not {known.lower().replace("_", "-") for known in distributions[name]} & locked
    }
    assert strangers == set()


def test_only_its_adapter_imports_what_an_extra_installs(graph: grimp.ImportGraph) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    installed = {one.split(">")[0] for name in ("solver", "office") for one in extras[name]}
    distributions = packages_distributions()
    for module, wanted in OPTIONAL.items():
        assert imported_from_outside(graph, {module}) == wanted
        for name in wanted:
            assert {each.lower() for each in distributions[name]} & installed, name


def test_every_direct_dependency_is_in_the_locks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {
        "core": project["dependencies"],
        "dev": [*project["dependencies"], *project["optional-dependencies"]["dev"]],
    }
    for lock, requirements in wanted.items():
        rows = (ROOT / "deploy" / "requirements" / f"{lock}.lock").read_text().splitlines()
        locked = {row.split("==")[0] for row in rows if "==" in row}
        names = {one.partition("[")[0].split(">")[0].split("=")[0] for one in requirements}
        assert names - locked == set(), lock


@pytest.mark.parametrize("lock", ["core", "dev"])
def test_a_lock_names_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / "deploy" / "requirements" / f"{lock}.lock").read_text()
    assert text.count("==") > 20
    assert text.count("--hash=sha256:") >= text.count("==")
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    paths = [word for word in text.split() if word.startswith("/")]
    assert paths == []
