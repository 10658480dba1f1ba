"""Hold all configuration: read once from the environment, checked, immutable."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX: Final = "TAKT_"
TEST_ONLY: Final = frozenset(
    {
        "TAKT_BENCH_EVENTS",
        "TAKT_BENCH_SECONDS",
        "TAKT_CHAOS_KILLS",
        "TAKT_CHAOS_SECONDS",
        "TAKT_KAFKA_BOOTSTRAP_FOR_TESTS",
        "TAKT_KAFKA_LIBS",
        "TAKT_KAFKA_REQUIRED",
        "TAKT_POSTGRES_URL",
        "TAKT_READ_PAIRS",
        "TAKT_SERVICES_REQUIRED",
        "TAKT_SHARED",
        "TAKT_SIM_SEEDS",
        "TAKT_SSE_CUTS",
    }
)
"""Names that only the tests read; they are no typos."""


class WrongSettings(Exception):
    """The environment asks for something that cannot be."""


class Settings(BaseSettings):
    """What an operator may set; each field is `TAKT_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    home: Path = Path(".takt")
    """Folder of the embedded log, made when it is missing."""
    database_url: SecretStr | None = None
    """`postgresql://…` of log and rows; absent: one SQLite file in `home`."""
    create_tables: bool = True
    """False where the database role may only append: a migration ran before."""
    deployment: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = "local"
    """Name in the `source` of what Takt publishes: `/takt/<deployment>`."""

    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    """0 takes a free port."""

    feed: Literal["log", "kafka"] = "log"
    """What projections read: the log itself, or the topic of published events (PostgreSQL only)."""

    kafka_bootstrap: str | None = None
    """`host:port[,host:port]`; absent: no broker is used."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "SASL_SSL"
    """PLAINTEXT is accepted on loopback only."""
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_ssl_cafile: Path | None = None
    kafka_group: str = "takt-intake"
    kafka_facts_topic: str = "takt.plant.events.v1"
    kafka_events_topic: str = "takt.project.events.v1"
    kafka_views: bool = True
    """Whether the relay publishes changed rows to the compacted topics `takt.view.*`."""
    kafka_projector_group: str = "takt-projector"
    """Projectors fed by Kafka are the group `<this>-<projection>-v<version>`."""
    kafka_session_ms: Annotated[int, Field(ge=1_000, le=300_000)] = 10_000
    """Milliseconds without a heartbeat after which a member of a group counts as lost."""

    tick_s: Annotated[int, Field(ge=1, le=86_400)] = 60
    """Seconds between two ticks of the clock."""
    parking_max_h: Annotated[int, Field(ge=1, le=24 * 366)] = 72
    """Hours a fact waits for its subject before it becomes a dead letter."""

    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        BeforeValidator(lambda level: level.upper() if isinstance(level, str) else level),
    ] = "INFO"
    log_format: Literal["auto", "json", "console"] = "auto"
    """auto: for people on a terminal, JSON elsewhere."""

    @property
    def store(self) -> str:
        """Where log and rows lie: a PostgreSQL URL, or the path of the SQLite file."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return str(self.home / "takt.db")

    @property
    def parking_limit(self) -> timedelta:
        return timedelta(hours=self.parking_max_h)


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raises WrongSettings for a wrong value and for an unknown name."""
    names = os.environ if environment is None else environment
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | TEST_ONLY
    unknown = sorted(name for name in names if name.startswith(PREFIX) and name not in known)
    if unknown:
        msg = f"unknown setting {', '.join(unknown)}: see deploy/env.example for the names"
        raise WrongSettings(msg)
    values = {
        name: names[key]
        for name in Settings.model_fields
        if (key := f"{PREFIX}{name.upper()}") in names
    }
    try:
        return Settings.model_validate(values)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = "_".join(str(part) for part in first["loc"]).upper()
        msg = f"{PREFIX}{place}: {first['msg']}"
        raise WrongSettings(msg) from wrong
