"""Show what is open for a role or a party, hand it over and take it on: `takt handover`."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from consumers.verbs.command import SOURCE, settled
from consumers.verbs.terminal import EXIT_WRONG, ActingFor, AsJson, AsOf, fail, opened, show

if TYPE_CHECKING:
    from consumers.bootstrap import System


def handover(  # noqa: PLR0913  Each is an option of the verb.
    project: str,
    as_of: AsOf = None,
    role: Annotated[
        str | None, typer.Option(help="Only what falls to this role, e.g. coordinator.")
    ] = None,
    party: Annotated[
        str | None, typer.Option(help="Only what is this party's; who hands over.")
    ] = None,
    acting_for: ActingFor = None,
    to: Annotated[str | None, typer.Option(help="Whom it is handed over to.")] = None,
    *,
    issue: Annotated[bool, typer.Option("--issue", help="Hand it over to --to.")] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Take on what was handed over last to --to.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show all that is open: what, whose, since when, due when; or pass a role on with it."""
    from consumers.handing_over import handover as told  # noqa: PLC0415

    if issue and accept:
        fail("say either --issue or --accept", EXIT_WRONG)
    if issue and (role is None or party is None or to is None):
        fail("to hand over say --role, --party (who has it) and --to (who gets it)", EXIT_WRONG)
    if accept and to is None:
        fail("to accept say --to, whom it was handed over to", EXIT_WRONG)
    given = {"as_of": as_of, "role": role, "party": party}
    asked = {name: value for name, value in given.items() if value is not None}
    with opened() as system:
        if issue:
            pack = told(system.views, project, asked)
            said = {"role": role, "from_party": party, "to_party": to}
            pinned = {"at_position": pack["position"], "digest": pack["digest"]}
            report = _asked(system, "issue", project, said | pinned, acting_for)
            settled(report, as_json=as_json)
        elif accept:
            pack = told(system.views, project, {})
            said = _issued(pack, role, party, to)
            settled(_asked(system, "accept", project, said, acting_for), as_json=as_json)
        else:
            document = told(system.views, project, asked)
            show(document, as_json=as_json, text=handover_text)


def handover_text(document: Mapping[str, Any]) -> str:
    """Return one line for each open point, the first due first, and the pack's digest."""
    points = document["points"]
    whose = "".join(
        f" of {document[name]}" for name in ("role", "party") if document[name] is not None
    )
    head = f"{document['name']} as of position {document['position']}: {len(points)} open{whose}."
    lines = [head, *(_point(each) for each in points)]
    lines += list(_handovers(document))
    return "\n".join([*lines, f"digest {document['digest']}"])


def _point(point: Mapping[str, Any]) -> str:
    owner = point["party"] or point["department"] or point["role"].replace("_", " ")
    due = "no date" if point["due"] is None else f"due {point['due'][:16].replace('T', ' ')}"
    late = ", OVERDUE" if point["overdue"] else ""
    since = "" if point["since"] is None else f"; since {point['since'][:10]}"
    age = "" if point["age_days"] is None else f", {point['age_days']} d"
    at = "" if point["position"] is None else f" @{point['position']}"
    named = f"{point['kind']} {point['ref']}{at}"
    return f"  {named}  {owner}: {point['what']}; {due}{late}{since}{age}"


def _handovers(document: Mapping[str, Any]) -> Iterator[str]:
    for each in document["handovers"]:
        accepted = each["accepted_at"]
        state = (
            "not accepted" if accepted is None else f"accepted {accepted[:16].replace('T', ' ')}"
        )
        yield (
            f"  {each['from_party']} handed {each['role'].replace('_', ' ')} over to"
            f" {each['to_party']} as of position {each['at_position']}: {state}"
        )


def _issued(
    document: Mapping[str, Any], role: str | None, party: str | None, to: str | None
) -> dict[str, Any]:
    """Return the last hand-over to a party that is not accepted, as what is to be accepted."""
    wanted = {"role": role, "from_party": party, "to_party": to}
    waiting = [
        each
        for each in document["handovers"]
        if each["accepted_at"] is None
        and all(value in {None, each[name]} for name, value in wanted.items())
    ]
    if not waiting:
        fail(f"nothing that was handed over to {to} waits to be accepted", EXIT_WRONG)
    last = max(waiting, key=lambda each: each["position"])
    fields = ("role", "from_party", "to_party", "at_position", "digest")
    return {name: last[name] for name in fields}


def _asked(
    system: "System", step: str, project: str, said: Mapping[str, object], acting_for: str | None
) -> dict[str, Any]:
    from consumers.asking import asked  # noqa: PLC0415
    from consumers.canonical_json import canonical  # noqa: PLC0415
    from consumers.deciding import Request  # noqa: PLC0415

    body = canonical({"project_id": project, **said})
    request = Request(f"project.{step}_handover.v1", body)
    return asked(system, [request], SOURCE, acting_for=acting_for)
