"""Hold the settings to being read once, checked, and documented."""

import re
from pathlib import Path

import pytest

from consumers.settings import TEST_ONLY, Settings, WrongSettings, read_settings

EXAMPLE = Path(__file__).parents[3] / "deploy" / "env.example"


def test_without_a_word_takt_is_embedded_and_listens_on_loopback() -> None:
    settings = read_settings({})
    assert settings.store == ".takt/takt.db"
    assert settings.http_host == "127.0.0.1"
    assert settings.kafka_bootstrap is None


def test_the_environment_sets_what_it_names() -> None:
    settings = read_settings({"TAKT_HOME": "/var/lib/takt", "TAKT_HTTP_PORT": "0", "PATH": "/bin"})
    assert settings.store == "/var/lib/takt/takt.db"
    assert settings.http_port == 0


def test_a_database_url_is_never_shown() -> None:
    settings = read_settings({"TAKT_DATABASE_URL": "postgresql://takt:secret@127.0.0.1/takt"})
    assert "secret" not in repr(settings)
    assert settings.store == "postgresql://takt:secret@127.0.0.1/takt"


def test_a_misspelt_setting_is_refused_by_name() -> None:
    with pytest.raises(WrongSettings, match="TAKT_HTTP_PROT"):
        read_settings({"TAKT_HTTP_PROT": "80"})


def test_a_wrong_value_is_refused_with_its_name() -> None:
    with pytest.raises(WrongSettings, match="TAKT_HTTP_PORT"):
        read_settings({"TAKT_HTTP_PORT": "seventy"})


def test_every_setting_stands_in_the_example_and_no_other() -> None:
    named = {
        line.lstrip("#").split("=")[0]
        for line in EXAMPLE.read_text(encoding="utf-8").splitlines()
        if line.lstrip("#").startswith("TAKT_")
    }
    assert named == {f"TAKT_{name.upper()}" for name in Settings.model_fields}


def test_the_example_holds_the_defaults() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    shown = dict(line.split("=", 1) for line in lines if line.startswith("TAKT_"))
    assert read_settings(shown) == Settings()


def test_a_size_of_the_tests_is_no_unknown_setting_of_the_processes_they_start() -> None:
    asked = re.compile(r"""environ(?:\.get\(|\[)["'](TAKT_[A-Z_]+)""")
    files = (Path(__file__).parents[2]).rglob("*.py")
    names = {name for file in files for name in asked.findall(file.read_text(encoding="utf-8"))}
    settings = {f"TAKT_{name.upper()}" for name in Settings.model_fields}
    assert "TAKT_SIM_SEEDS" in names
    assert names - settings <= TEST_ONLY
