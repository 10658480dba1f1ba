"""Tell about the server itself: health, version, figures, schemas, what problems mean."""

from collections.abc import Mapping
from html import escape
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from consumers.http.metrics import MEDIA_TYPE, Metrics
from consumers.http.problems import KINDS, NOT_FOUND, Problem
from consumers.http.services import Services
from consumers.http.work import Work
from consumers.schemas import schema_of
from domain.kernel.messages import Command, DomainEvent

UNCACHED: Final = {"Cache-Control": "no-store"}
KEPT: Final = {"Cache-Control": "public, max-age=3600"}
SCHEMA_TYPE: Final = "application/schema+json"


def installed_version() -> str:
    """Return the version of the installed package, `0` in a bare source tree."""
    try:
        return version("takt")
    except PackageNotFoundError:
        return "0"


class Operations:
    """`/livez`, `/readyz`, `/version`, `/metrics`, `/schemas/…` and `/problems/…`."""

    def __init__(self, services: Services, work: Work, metrics: Metrics) -> None:
        self._services = services
        self._work = work
        self._metrics = metrics

    async def live(self, request: Request) -> Response:
        """Answer as long as the process can answer at all."""
        del request
        return JSONResponse({"live": True}, headers=UNCACHED)

    async def ready(self, request: Request) -> Response:
        """Say whether Takt can do its work; 503 where it cannot."""
        del request
        health = await self._work.run(self._services.health)
        told = {"ready": health.ready, "checks": dict(health.checks)}
        return JSONResponse(told, 200 if health.ready else 503, UNCACHED)

    async def told_version(self, request: Request) -> Response:
        """Say which release runs here, and under which name it publishes."""
        del request
        told = {
            "name": "takt",
            "version": installed_version(),
            "deployment": self._services.deployment,
            "projections": sorted(self._services.rows),
        }
        return JSONResponse(told, headers=UNCACHED)

    async def figures(self, request: Request) -> Response:
        """Return the figures in Prometheus' text form."""
        del request
        return await self._work.run(self._figures)

    def _figures(self) -> Response:
        now = self._services.clock()
        self._metrics.head.set(self._services.log.head())
        for name, rows in self._services.rows.items():
            position = rows.position()
            lag = self._services.log.lag(position, now)
            self._metrics.position.labels(name).set(position)
            self._metrics.unread.labels(name).set(lag.positions)
            self._metrics.oldest.labels(name).set(lag.oldest_s)
            self._metrics.stuck.labels(name).set(lag.is_stuck)
            for shard, reached in self._services.shards(name).items():
                lag = self._services.log.lag(reached, now)
                self._metrics.shard_unread.labels(name, shard).set(lag.positions)
                self._metrics.shard_oldest.labels(name, shard).set(lag.oldest_s)
                self._metrics.shard_stuck.labels(name, shard).set(lag.is_stuck)
        return Response(self._metrics.text(), headers={**UNCACHED, "Content-Type": MEDIA_TYPE})

    async def schemas(self, request: Request) -> Response:
        """List the names of all events and commands, each with the address of its schema."""
        del request
        told = {
            "events": _listed(self._services.registry.models),
            "commands": _listed(self._services.commands),
        }
        return JSONResponse(told, headers=KEPT)

    async def schema(self, request: Request) -> Response:
        """Return the JSON Schema of one event or command."""
        name: str = request.path_params["name"]
        known: dict[str, type[DomainEvent | Command]] = {
            **self._services.registry.models,
            **self._services.commands,
        }
        model = known.get(name.removesuffix(".json"))
        if model is None or not name.endswith(".json"):
            msg = "there is no schema of that name: GET /v1/schemas lists them"
            raise Problem(NOT_FOUND, msg)
        return JSONResponse(schema_of(model), headers=KEPT, media_type=SCHEMA_TYPE)

    async def problem(self, request: Request) -> Response:
        """Explain a problem's code."""
        code: str = request.path_params["code"]
        kind = KINDS.get(code)
        if kind is None:
            msg = "there is no problem of that code"
            raise Problem(NOT_FOUND, msg)
        page = (
            '<!doctype html><html lang="en"><meta charset="utf-8">'
            f"<title>{escape(kind.title)}</title><h1>{escape(kind.title)}</h1>"
            f"<p><code>{escape(code)}</code>, HTTP status {kind.status}</p>"
            f"<p>{escape(kind.help)}</p></html>"
        )
        return HTMLResponse(page, headers=KEPT)


def _listed(models: Mapping[str, object]) -> list[dict[str, str]]:
    return [{"name": name, "schema": f"/schemas/{name}.json"} for name in sorted(models)]
