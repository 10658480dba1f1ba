"""Send one message through HTTP into a log, and say what became of it."""

from starlette.testclient import TestClient

from consumers.branching import Branches
from consumers.dispatch import Dispatcher
from consumers.http.app import create_app
from consumers.http.services import Health, Services
from consumers.kafka.json_format import MEDIA_TYPE
from consumers.requests import COMMANDS
from consumers.views import Views
from domain.log.catalogue import catalogue
from domain.log.port import EventLog
from projections.schedule import ScheduleProjection
from tests.bad_inputs.cases import Outcome
from tests.bad_inputs.edges import DOOR, MES, Letters, clock


class ThroughHttp:
    """One `POST /v1/events` in structured mode."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self._letters = Letters(log)
        self._client = TestClient(create_app(services_for(log)), base_url="http://localhost")

    def send(self, message: bytes) -> Outcome:
        answer = self._client.post(
            "/v1/events", content=message, headers={"content-type": MEDIA_TYPE}
        )
        kept = bool(self._letters.new())
        if answer.status_code in {200, 201, 202}:
            assert not kept
            if answer.headers.get("idempotency-replayed") == "true":
                assert answer.status_code == 200
                return "repeated"
            by_status: dict[int, Outcome] = {201: "recorded", 202: "parked"}
            return by_status[answer.status_code]
        problem = answer.json()
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert "Traceback" not in answer.text
        if problem["code"] == "idempotency_conflict":
            assert (answer.status_code, kept) == (422, True)
            return "conflict"
        assert answer.status_code in {400, 413, 415, 422}, problem
        assert problem["code"] in {"malformed", "too_large", "unsupported_media_type"}
        assert problem["detail"]
        return "kept" if kept else "refused"


def services_for(log: EventLog) -> Services:
    """Return the ports of the HTTP edge over a log, without any projection behind it."""
    return Services(
        log=log,
        dispatcher=Dispatcher(log),
        door=DOOR,
        rows={},
        wait_for=lambda _position, _timeout_s: True,
        as_of=lambda _projection, _key, _position, _true_at: (),
        views=Views(log, {"schedule": ScheduleProjection()}, {}, Branches(log, Dispatcher(log))),
        version_of=lambda _stream: 0,
        clock=clock,
        principal_of=lambda _credential: MES,
        registry=catalogue(),
        commands=COMMANDS,
        health=lambda: Health(ready=True, checks={}),
        hosts=frozenset({"localhost", "testserver"}),
    )
