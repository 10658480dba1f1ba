"""Fail a run in which a whole tier fell silent: a folder of tests was selected and gave none."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent


class SilentTiers:
    """Plugin: every selected folder, and every tier below it, must contribute a test."""

    def __init__(self) -> None:
        self._skipped: list[Path] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped and report.nodeid:
            self._skipped.append(TESTS.parent / report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Look before `-k` and `-m` take their pick: if they leave nothing, pytest exits with 5."""
        if config.getoption("lf", default=False) or config.getoption("ignore"):
            return
        # A module that skips itself as a whole said so aloud.
        heard = [*(item.path for item in items), *self._skipped]
        folders = [Path(argument).resolve() for argument in config.args]
        for silent in silent_folders([folder for folder in folders if folder.is_dir()], heard):
            msg = f"{silent} was selected and collects no test"
            raise pytest.UsageError(msg)


def silent_folders(selected: list[Path], heard: list[Path]) -> list[Path]:
    """Return the folders among `selected`, and the tiers inside them, that hold no heard test."""
    tiers = [
        tier
        for folder in selected
        if folder in {TESTS, TESTS.parent}
        for tier in sorted(TESTS.iterdir())
        if any(tier.rglob("test_*.py"))
    ]
    return [
        folder
        for folder in [*selected, *tiers]
        if not any(path.is_relative_to(folder) for path in heard)
    ]
