"""Take edited sheets back over HTTP: what they ask for is decided as one, or only tried."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consumers.deciding import Ask
from consumers.deciding import Request as Requested
from consumers.failures import WrongInput
from consumers.file_forms import Lacking, needs
from consumers.gateways.sheet_file import sheet_of
from consumers.http.bodies import Bodies
from consumers.http.commands import REPLAYED, message_key
from consumers.http.edge import asker_of, correlation_of, insider_of
from consumers.http.parameters import given
from consumers.http.problems import (
    KINDS,
    MALFORMED,
    NOT_INSTALLED,
    SHEET_CONFLICT,
    UNSUPPORTED_MEDIA_TYPE,
    Fault,
    Problem,
)
from consumers.http.services import Services
from consumers.http.work import Work
from consumers.kafka.binding import http_content_type
from consumers.previewing import preview
from consumers.question import Asked, Parameter, yes_or_no
from consumers.sheet_import import Terms, reason_of, take_back
from domain.kernel.ids import derived_id
from domain.kernel.messages import Principal
from domain.kernel.refusals import UnknownSubject

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOT_ACCEPTABLE: Final = 422
FAULTS_MAX: Final = 100
PARAMETERS: Final = (
    Parameter("dry_run", "Say what it would come to, and record nothing.", "boolean"),
    Parameter("insist", "The sheet's word goes where cells changed since.", "boolean"),
    Parameter("reason", "Code of the reason; needed where a duration changes."),
    Parameter("because", "The reason in words."),
)


class Sheets:
    """`POST /v1/projects/{project_id}/sheets`: the file as it was saved is the body.

    It needs no Idempotency-Key: the same sheet again asks for nothing that is not so already.
    """

    def __init__(self, services: Services, work: Work, bodies: Bodies) -> None:
        self._services = services
        self._work = work
        self._bodies = bodies

    async def post(self, request: Request) -> Response:
        """Have what was edited decided as one, or tell it; all or nothing."""
        insider_of(request, self._services)
        principal = asker_of(request, self._services)
        kind = _kind_of(request)
        asked = given(request, PARAMETERS)
        project_id: str = request.path_params["project_id"]
        if not principal.may_see(project_id):
            msg = f"there is no project {project_id}"
            raise UnknownSubject(msg)
        asking = _Asking(self._services, principal, correlation_of(request))
        async with self._bodies.of(request, self._bodies.bounds.batch_bytes_max) as body:
            return await self._work.run(self._taken, body, kind, project_id, asked, asking)

    def _taken(
        self, body: bytes, kind: str, project_id: str, asked: Asked, asking: "_Asking"
    ) -> Response:
        try:
            reason = reason_of(asked.get("reason"), asked.get("because"))
            insist, dry_run = yes_or_no(asked, "insist"), yes_or_no(asked, "dry_run")
            with needs(kind):
                sheet = sheet_of(body)
            terms = Terms(project_id, reason, insist, dry_run)
            report = take_back(self._services.views, sheet, sha256(body).hexdigest(), terms, asking)
        except Lacking as lacking:
            raise Problem(NOT_INSTALLED, str(lacking)) from lacking
        except WrongInput as wrong:
            raise Problem(MALFORMED, str(wrong)) from wrong
        if not dry_run:
            _must_be_taken(report)
        repeated = report["outcome"] == "repeated"
        status = 201 if report["outcome"] == "recorded" else 200
        return JSONResponse(report, status, {REPLAYED: "true"} if repeated else {})


class _Asking:
    """Asks for what a sheet wants in the name of who sent it."""

    def __init__(self, services: Services, principal: Principal, correlation_id: str) -> None:
        self._services = services
        self._principal = principal
        self._correlation_id = correlation_id

    def tried(self, requests: Sequence[Requested]) -> Mapping[str, Any]:
        key = derived_id("preview-", self._correlation_id)
        return preview(self._services.views, requests, self._ask(key, None))

    def decided(self, requests: Sequence[Requested], key: str, looked_at: int) -> Mapping[str, Any]:
        ask = self._ask(key, looked_at)
        outcome = self._services.dispatcher.dispatch_batch(requests, ask)
        refused = outcome.kind == "refused"
        return {
            "outcome": outcome.kind,
            "repeated": outcome.repeated,
            "position": outcome.position or None,
            "code": outcome.code or None,
            "text": outcome.text or None,
            "place": preview(self._services.views, requests, ask)["place"] if refused else None,
        }

    def _ask(self, key: str, looked_at: int | None) -> Ask:
        return Ask(
            message_key(self._services.deployment, self._principal, f"sheet:{key}"),
            self._principal,
            self._services.clock(),
            correlation_id=self._correlation_id,
            looked_at=looked_at,
        )


def _kind_of(request: Request) -> str:
    """Return the ending of the name of such a file; raises Problem 415 for another kind."""
    content_type = http_content_type(request.headers.raw)
    media_type = (content_type or "").partition(";")[0].strip().lower()
    kind = {CSV: ".csv", XLSX: ".xlsx"}.get(media_type)
    if kind is None:
        msg = f"send the sheet as {CSV} or {XLSX}"
        raise Problem(UNSUPPORTED_MEDIA_TYPE, msg)
    return kind


def _must_be_taken(report: Mapping[str, Any]) -> None:
    """Raise the problem of a sheet of which nothing was recorded, with the cells it is about."""
    match report["outcome"]:
        case "wrong":
            faults = [_fault(each, each["text"]) for each in report["wrong"][:FAULTS_MAX]]
            msg = f"nothing is recorded: {faults[0].detail} ({faults[0].pointer})"
            raise Problem(MALFORMED, msg, status=NOT_ACCEPTABLE, errors=faults)
        case "conflicting":
            faults = [
                _fault(each, f"{_said(each['was'])} when exported, {_said(each['now'])} now")
                for each in report["conflicts"][:FAULTS_MAX]
            ]
            msg = "nothing is recorded: these cells became something else since it was exported"
            raise Problem(SHEET_CONFLICT, msg, errors=faults)
        case "refused":
            code = report["code"] if report["code"] in KINDS else MALFORMED
            place = () if report["row"] is None else (Fault(f"/{report['row']}", report["text"]),)
            raise Problem(code, report["text"], errors=place)
        case _:
            return


def _fault(cell: Mapping[str, Any], detail: str) -> Fault:
    """Return what is wrong with a cell: its row as programs show it, and the title above it."""
    column = "" if cell["column"] is None else f"/{cell['column']}"
    return Fault(f"/{cell['row']}{column}", detail)


def _said(value: object) -> object:
    return "nothing" if value is None else value
