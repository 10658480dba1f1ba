"""What stands before every request: paths, methods, hosts, ids, headers of every answer."""

import pytest
from starlette.testclient import TestClient

from consumers.http.problems import KINDS
from tests.fakes_http import COMMANDS, Fakes


@pytest.mark.parametrize(
    "path",
    [
        "/v1//projects",
        "/v1/%2e%2e/livez",
        "/v1/projects/%2e/schedule",
        "/v1/projects/a%2fb/schedule",
        "/v1/projects/a%5cb/schedule",
        "/v1/projects/%00/schedule",
        "/v1/projects/%ff/schedule",
        "/v1/projects/%0a/schedule",
    ],
)
def test_a_second_way_to_write_a_path_is_not_taken(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "address",
    [
        "/v1/projects?asof=42",
        "/v1/projects/PRJ-7/schedule?as_of=0&x",
        "/v1/projects/PRJ-7/audit?Limit=1",
        "/v1/streams/phase-PRJ-7/weld?as_of=1",
        "/v1/stream?type=schedule",
        "/v1/dead-letters?cursor=1",
        "/livez?verbose=1",
        "/openapi.json?v=1",
        "/projects/PRJ-7?asof=42",
        "/static/takt.js?w=1",
    ],
)
def test_a_query_parameter_that_is_not_known_is_refused(
    client: TestClient, method: str, address: str
) -> None:
    answer = client.request(method, address)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


def test_the_refusal_of_a_query_parameter_names_it_and_those_known(client: TestClient) -> None:
    assert client.get("/v1/projects/PRJ-7/schedule?asof=42").json()["detail"] == (
        "there is no query parameter 'asof' here: "
        "known are as_of, min_position, wait, true_at, branch"
    )
    assert client.get("/livez?asof=42").json()["detail"] == (
        "there is no query parameter 'asof' here: none is known"
    )


def test_every_known_query_parameter_is_taken(client: TestClient) -> None:
    documented = client.get("/openapi.json").json()["paths"]
    for name in (
        each["name"]
        for each in documented["/v1/projects/{project_id}/audit"]["get"]["parameters"]
        if each["in"] == "query"
    ):
        answer = client.get(f"/v1/projects/PRJ-7/audit?{name}=")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_subject")


@pytest.mark.parametrize("path", ["/nothing", "/v1/projects/", "/v1/projects/%252e%252e/schedule"])
def test_what_is_not_there_is_a_problem_too(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["TRACE", "DELETE", "PUT", "PATCH", "FOO"])
def test_other_methods_are_not_allowed(client: TestClient, method: str) -> None:
    answer = client.request(method, "/v1/projects")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.json()["code"] == "method_not_allowed"


def test_options_lists_the_methods(client: TestClient) -> None:
    answer = client.options("/v1/commands/project.open.v1")
    assert (answer.status_code, answer.headers["allow"]) == (204, "OPTIONS, POST")


def test_a_header_cannot_override_the_method(client: TestClient) -> None:
    answer = client.get("/v1/projects", headers={"X-HTTP-Method-Override": "DELETE"})
    assert answer.status_code == 200


def test_another_host_name_is_not_served(client: TestClient) -> None:
    answer = client.get("/v1/projects", headers={"Host": "attacker.example"})
    assert (answer.status_code, answer.json()["code"]) == (421, "misdirected")


def test_a_page_of_another_site_may_not_post(client: TestClient) -> None:
    answer = client.post("/v1/commands", json={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")


def test_too_many_headers_are_refused(client: TestClient) -> None:
    answer = client.get("/livez", headers={"X-Large": "x" * (64 * 1024)})
    assert answer.status_code == 431


def test_a_request_id_is_given_back_and_a_wrong_one_replaced(client: TestClient) -> None:
    assert client.get("/livez", headers={"X-Request-Id": "r-1"}).headers["x-request-id"] == "r-1"
    made = client.get("/livez", headers={"X-Request-Id": "two words"}).headers["x-request-id"]
    assert len(made) == 32


def test_every_answer_carries_the_headers_that_protect_browsers(client: TestClient) -> None:
    for answer in (client.get("/livez"), client.get("/nothing")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_defect_is_told_without_its_insides(world: Fakes) -> None:
    from consumers.http.app import create_app  # noqa: PLC0415

    app = create_app(world.services)

    async def broken() -> None:
        msg = "secret path /srv/takt"
        raise ZeroDivisionError(msg)

    app.add_api_route("/broken", broken)
    with TestClient(app) as client:
        answer = client.get("/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "defect")
    assert "secret" not in answer.text


# Operation


def test_health_version_and_figures_are_told(client: TestClient) -> None:
    assert client.get("/livez").json() == {"live": True}
    assert client.get("/readyz").json() == {"ready": True, "checks": {"log": "answers"}}
    assert client.get("/version").json()["deployment"] == "test"
    figures = client.get("/metrics").text
    assert 'takt_http_requests_total{method="GET",route="/livez",status="200"} 1.0' in figures
    assert 'takt_projection_lag_positions{projection="' in figures
    assert 'takt_projection_oldest_unread_seconds{projection="' in figures
    assert 'takt_projection_stuck{projection="' in figures


def test_every_problem_has_a_page_and_others_have_none(client: TestClient) -> None:
    for code, kind in KINDS.items():
        page = client.get(f"/problems/{code}")
        assert (page.status_code, kind.title in page.text.replace("&#x27;", "'")) == (200, True)
    assert client.get("/problems/nothing").status_code == 404


def test_every_message_has_a_schema(client: TestClient) -> None:
    listed = client.get("/v1/schemas").json()
    assert {each["name"] for each in listed["commands"]} == set(COMMANDS)
    for each in (*listed["commands"], *listed["events"]):
        schema = client.get(each["schema"])
        assert (schema.status_code, schema.json()["$id"]) == (200, each["schema"])
        assert schema.headers["content-type"] == "application/schema+json"
    assert client.get("/schemas/nothing.v1.json").status_code == 404


def test_the_openapi_document_names_every_reference_it_uses(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert set(_references(document)) <= {
        f"#/components/schemas/{name}" for name in document["components"]["schemas"]
    }
    command = document["paths"]["/v1/commands/project.open.v1"]["post"]
    assert {"If-Match", "Idempotency-Key"} <= {each["name"] for each in command["parameters"]}
    assert {"412", "428"} <= command["responses"].keys()
    stream = document["paths"]["/v1/stream"]["get"]["responses"]["200"]["content"]
    assert "itemSchema" in stream["text/event-stream"]


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in _references(value)]
    if isinstance(node, list):
        return [found for value in node for found in _references(value)]
    return []
