"""Take plans in over HTTP: Microsoft Project's XML or takt.plan/1, all of a plan or nothing."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consumers.failures import WrongInput
from consumers.gateways.plan_file import read_plan
from consumers.http.bodies import JSON, Bodies
from consumers.http.commands import REPLAYED
from consumers.http.edge import insider_of
from consumers.http.parameters import given
from consumers.http.problems import KINDS, MALFORMED, UNSUPPORTED_MEDIA_TYPE, Problem
from consumers.http.services import Services
from consumers.http.work import Work
from consumers.kafka.binding import http_content_type
from consumers.plan_import import digest_of, plan_taken, plan_tried, take_plan
from consumers.question import Asked, Parameter, yes_or_no
from domain.kernel.messages import Principal
from domain.kernel.refusals import UnknownSubject

KINDS_OF_PLAN: Final = frozenset({JSON, "application/xml", "text/xml"})
PARAMETERS: Final = (
    Parameter("project", "Id of the project, if not the file's."),
    Parameter("dry_run", "Say what it would come to, and record nothing.", "boolean"),
)


class Plans:
    """`POST /v1/plans`: the file as it was saved is the body.

    It needs no Idempotency-Key: the very same file again is a repeat.
    """

    def __init__(self, services: Services, work: Work, bodies: Bodies) -> None:
        self._services = services
        self._work = work
        self._bodies = bodies

    async def post(self, request: Request) -> Response:
        """Have a plan decided as one and its actuals recorded, or say what it would come to."""
        principal = insider_of(request, self._services)
        content_type = http_content_type(request.headers.raw)
        if (content_type or "").partition(";")[0].strip().lower() not in KINDS_OF_PLAN:
            msg = f"send the plan as {', '.join(sorted(KINDS_OF_PLAN))}"
            raise Problem(UNSUPPORTED_MEDIA_TYPE, msg)
        asked = given(request, PARAMETERS)
        async with self._bodies.of(request, self._bodies.bounds.batch_bytes_max) as body:
            return await self._work.run(self._taken, body, asked, principal)

    def _taken(self, body: bytes, asked: Asked, principal: Principal) -> Response:
        try:
            dry_run = yes_or_no(asked, "dry_run")
        except WrongInput as wrong:
            raise Problem(MALFORMED, str(wrong)) from wrong
        plan = read_plan(body, asked.get("project"))
        if not principal.may_see(plan.project.id):
            msg = f"there is no project {plan.project.id}"
            raise UnknownSubject(msg)
        digest, services = digest_of(body, plan), self._services
        if dry_run:
            now = services.clock()
            return JSONResponse(
                plan_tried(plan, digest, services.views, services.log, principal, now)
            )
        imported = take_plan(
            plan, digest, dispatcher=services.dispatcher, event_log=services.log,
            ask_at=services.clock(), principal=principal,
        )  # fmt: skip
        outcome = imported.outcome
        if outcome.kind != "recorded":
            code = outcome.code if outcome.code in KINDS else MALFORMED
            raise Problem(code, outcome.text or "the plan was refused")
        headers = {REPLAYED: "true"} if outcome.repeated else {}
        report = plan_taken(imported, services.views)
        return JSONResponse(report, 200 if outcome.repeated else 201, headers)
