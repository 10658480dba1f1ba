"""Publish a project's schedule, and show what was published: `takt publish`, `takt published`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from consumers.verbs.branch import CODES_OF_WRONG_USE
from consumers.verbs.terminal import EXIT_NO, EXIT_WRONG, AsJson, AsOf, fail, opened, show

if TYPE_CHECKING:
    from consumers.bootstrap import System

SHOWN_DIGITS: Final = 12
"""Of a digest in a table; a document has all of them."""


def publish(
    project: str,
    audience: Annotated[str, typer.Option(help="For whom it is.")] = "everybody",
    at: Annotated[
        str | None, typer.Option(help="Position or time it stood at; the project as it is.")
    ] = None,
    digest: Annotated[
        str | None, typer.Option(help="What it must be: refused if Takt computes another.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Let everybody it is for go by the schedule as it stands, or stood; its digest is recorded."""
    with opened() as system:
        said = {"at_position": system.views.position_of(at), "audience": audience, "digest": digest}
        report = asked(system, project, "publication.publish_schedule.v1", said)
        position = report["position"]
        words = f"published to {audience} at position {position}"
        if not report["changed"]:
            words = f"was published to {audience} before, as it is"
        show(report, as_json=as_json, text=lambda _: f"schedule of {project} {words}")


def asked(system: "System", project: str, name: str, said: Mapping[str, object]) -> dict[str, Any]:
    """Have a request on what is published decided; ends the verb with 1 where it is refused."""
    from consumers.asking import asked as decided  # noqa: PLC0415
    from consumers.canonical_json import canonical  # noqa: PLC0415
    from consumers.deciding import Request  # noqa: PLC0415

    body = {"project_id": project, **said}
    known = {name: value for name, value in body.items() if value is not None}
    outcome = decided(system, [Request(name, canonical(known))], "takt/publish")
    if outcome["outcome"] == "refused":
        wrong = outcome["code"] in CODES_OF_WRONG_USE
        fail(f"{outcome['code']}: {outcome['text']}", EXIT_WRONG if wrong else EXIT_NO)
    return {"project": project, **outcome}


def published(
    project: str,
    phase: Annotated[
        str | None, typer.Option(help="Id of a phase: its dates in each published schedule.")
    ] = None,
    audience: Annotated[str | None, typer.Option(help="Only what was for this audience.")] = None,
    as_of: AsOf = None,
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compute each again; 1 where a digest does not hold.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the schedules and status reports that were published, and a phase's dates in them."""
    from consumers.published import published as told  # noqa: PLC0415

    given = {"as_of": as_of, "audience": audience, "phase": phase}
    known = {name: value for name, value in given.items() if value is not None}
    if verify:
        known["verify"] = "true"
    with opened() as system:
        document = told(system.views, project, known)
        show(document, as_json=as_json, text=published_text)
        if any(each["verifies"] is False for each in document["published"]):
            raise typer.Exit(EXIT_NO)


def published_text(document: Mapping[str, Any]) -> str:
    """Return what was published as a table, then the dates of a phase if they were asked for."""
    from consumers.verb_texts import moment, table  # noqa: PLC0415

    if not document["published"]:
        return f"Nothing was published of {document['name']}."
    rows = [
        (
            each["at_position"], moment(each["published_at"]), each["what"], each["audience"],
            each["by"], each["digest"][:SHOWN_DIGITS], _verdict(each),
        )
        for each in document["published"]
    ]  # fmt: skip
    head = ("of position", "published", "what", "audience", "by", "digest", "verifies")
    parts = [table(head, rows)]
    if (phase := document["phase"]) is not None:
        dates = [
            (each["at_position"], moment(each["start"]), moment(each["finish"]), each["audience"])
            for each in phase["dates"]
        ]
        told = table(("of position", "start", "finish", "audience"), dates)
        parts.append(f"{phase['name']} ({phase['id']}) as published:\n{told}")
    return "\n\n".join([*parts, f"Times in {document['zone']}"])


def _verdict(publication: Mapping[str, Any]) -> str:
    if publication["verifies"] is None:
        return publication["because"] or "not asked"
    return "yes" if publication["verifies"] else f"no: {publication['because']}"
