"""Build the wheel and look inside: three packages with all their files, and nothing beside them."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.architecture.trees import PACKAGES, copy_of_the_tree


@pytest.mark.slow
def test_the_wheel_holds_the_three_packages_and_nothing_else(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    copy_of_the_tree(tree, "README.md", "LICENSE")
    made = tmp_path / "made"
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", made],
        cwd=tree,
        capture_output=True,
        check=True,
    )
    (wheel,) = made.glob("*.whl")
    inside = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert inside == {
        path.relative_to(tree).as_posix()
        for package in PACKAGES
        for path in (tree / package).rglob("*")
        if path.is_file()
    }
