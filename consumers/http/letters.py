"""Show one dead letter, and take it in again: `/v1/dead-letters/{id}` and its `/redrive`."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consumers.dead_letters import TAKEN_IN, Redriver, letter_document, redriven_document
from consumers.failures import WrongInput
from consumers.http.bodies import Bodies
from consumers.http.edge import insider_of
from consumers.http.moments import position_in
from consumers.http.problems import IDEMPOTENCY_CONFLICT, MALFORMED, NOT_AUTHORISED, Problem
from consumers.http.services import Services
from consumers.http.work import Work
from domain.kernel.messages import COORDINATOR
from domain.kernel.refusals import UnknownSubject
from domain.log.port import KeptLetter

ACCEPTED: Final = 202
NOT_ACCEPTABLE: Final = 422


class Letters:
    """`GET /v1/dead-letters/{letter_id}` and `POST …/redrive`."""

    def __init__(self, services: Services, work: Work, bodies: Bodies) -> None:
        self._services = services
        self._work = work
        self._bodies = bodies
        self._redriver = Redriver(services.log, services.door, services.dispatcher, services.clock)

    async def show(self, request: Request) -> Response:
        """Show a dead letter with its message as it came."""
        self._must_see_all(request, write=False)
        kept = await self._work.run(self._letter, request)
        return JSONResponse(letter_document(kept))

    async def redrive(self, request: Request) -> Response:
        """Take a dead letter in again, once; a body is judged in the place of its own bytes.

        A letter that was taken in before is told as such, and nothing is done. 202 says that its
        fact waits for its subject, and the letter stays open until that came.
        """
        self._must_see_all(request, write=True)
        async with self._bodies.of(request, self._bodies.bounds.message_bytes_max) as body:
            return await self._work.run(self._redriven, request, body)

    def _redriven(self, request: Request, body: bytes) -> Response:
        result = self._redriver.redrive(self._letter(request), body or None)
        if result.result not in TAKEN_IN:
            code = IDEMPOTENCY_CONFLICT if result.result == "conflict" else MALFORMED
            raise Problem(code, f"{result.code}: {result.text}", status=NOT_ACCEPTABLE)
        (told,) = redriven_document([result])["results"]
        return JSONResponse(told, ACCEPTED if result.result == "parked" else 200)

    def _letter(self, request: Request) -> KeptLetter:
        letter_id = position_in(request.path_params["letter_id"], "letter_id")
        try:
            return self._redriver.letter(letter_id)
        except WrongInput:
            msg = f"there is no dead letter {letter_id}"
            raise UnknownSubject(msg) from None

    def _must_see_all(self, request: Request, *, write: bool) -> None:
        principal = insider_of(request, self._services)
        if principal.projects is not None or (write and principal.role != COORDINATOR):
            msg = "dead letters belong to no project: they are for who coordinates all of them"
            raise Problem(NOT_AUTHORISED, msg)
