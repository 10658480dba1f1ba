"""Give files and sheets their paths: what can be saved, and what comes back edited."""

from fastapi import FastAPI

from consumers.files import FILES, MEDIA_TYPES
from consumers.http import openapi
from consumers.http.files import Files
from consumers.http.plans import PARAMETERS as OF_A_PLAN
from consumers.http.plans import Plans
from consumers.http.sheets import PARAMETERS as OF_A_SHEET
from consumers.http.sheets import Sheets


def add_files(app: FastAPI, files: Files) -> None:
    """Add a path for each kind of each file."""
    project = openapi.path("project_id", "Id of the project.")
    for each in FILES:
        told = [openapi.query(known.name, known.text, known.kind) for known in each.parameters]
        for kind in each.forms:
            media_type = MEDIA_TYPES[kind].partition(";")[0]
            app.add_api_route(
                f"/v1/projects/{{project_id}}/files/{each.name}{kind}",
                files.to(each, kind),
                methods=["GET"],
                tags=["reading"],
                name=f"{each.name}{kind}",
                summary=each.summary,
                responses={
                    200: {"description": "The file.", "content": {media_type: {}}},
                    **openapi.problems(
                        "malformed", "not_authorised", "unknown_subject", "overloaded"
                    ),
                },
                openapi_extra={"parameters": [project, *told]},
            )  # fmt: skip


def add_plans(app: FastAPI, plans: Plans) -> None:
    """Add the path that takes plans."""
    app.add_api_route(
        "/v1/plans",
        plans.post,
        methods=["POST"],
        tags=["writing"],
        summary="Take a plan in: Microsoft Project's XML, or takt.plan/1.",
        responses={
            200: {"description": "Tried, or the very same file again."},
            201: {"description": "Recorded, with how the computed dates differ from those stored."},
            **openapi.problems(
                "malformed", "not_authorised", "unknown_subject", "too_large",
                "unsupported_media_type", "timeout", "overloaded",
            ),
        },
        openapi_extra={
            "requestBody": openapi.PLAN_BODY,
            "parameters": [
                openapi.query(each.name, each.text, each.kind) for each in OF_A_PLAN
            ],
        },
    )  # fmt: skip


def add_sheets(app: FastAPI, sheets: Sheets) -> None:
    """Add the path that takes edited sheets."""
    app.add_api_route(
        "/v1/projects/{project_id}/sheets",
        sheets.post,
        methods=["POST"],
        tags=["writing"],
        summary="Take an edited sheet of the schedule back.",
        responses={
            200: {"description": "Tried, a repeat, or nothing was asked for."},
            201: {"description": "Recorded."},
            **openapi.problems(
                "malformed", "sheet_conflict", "not_authorised", "unknown_subject", "too_large",
                "unsupported_media_type", "not_installed", "timeout", "overloaded",
            ),
        },
        openapi_extra={
            "requestBody": openapi.SHEET_BODY,
            "parameters": [
                openapi.path("project_id", "Id of the project."),
                *(openapi.query(each.name, each.text, each.kind) for each in OF_A_SHEET),
                openapi.ACTING_FOR,
            ],
        },
    )  # fmt: skip
