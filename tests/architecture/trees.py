"""Copy the product's source tree, so that a test can spoil the copy."""

import shutil
import tomllib
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = ("domain", "projections", "consumers")


def copy_of_the_tree(target: Path, *more: str) -> Path:
    """Copy the packages, the configuration and `more` files of the root; return `target`."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, target / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("pyproject.toml", *more):
        shutil.copy(ROOT / name, target / name)
    return target


def configuration() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def sources() -> list[Path]:
    """Return every Python file of the packages and the tests."""
    found = [path for folder in (*PACKAGES, "tests") for path in (ROOT / folder).rglob("*.py")]
    assert found
    return found
