"""Render pages and the parts of them that change; what is shown is escaped by the templates."""

from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from projections.contract import Row
from projections.web import words
from projections.web.boards import Board
from projections.web.gantt import ROWS_MAX, chart
from projections.web.navigation import Way, ways
from projections.web.numbers import figures, needs
from projections.web.shown import Shown
from projections.web.story import StoryView
from projections.web.view import ProjectView

HERE: Final = Path(__file__).parent
FRAGMENTS: Final = ("head", "numbers", "gantt", "phases", "needs", "departments", "latest")
"""The parts of a project's page that are swapped when rows change."""
AS_OF: Final = "as_of"
BRANCH: Final = "branch"
MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Static(NamedTuple):
    """A file that never changes within a release."""

    content: bytes
    media_type: str
    digest: str


@cache
def static_file(name: str) -> Static | None:
    """Return a file of the package's own, None for any other name."""
    known = {path.name: path for path in (HERE / "static").iterdir() if path.is_file()}
    path = known.get(name)
    if path is None or path.suffix not in MEDIA_TYPES:
        return None
    content = path.read_bytes()
    return Static(content, MEDIA_TYPES[path.suffix], sha256(content).hexdigest()[:16])


def project_page(view: ProjectView) -> str:
    """Return the whole page of a project."""
    parts = {name: Markup(fragment(name, view)) for name in FRAGMENTS}  # noqa: S704  Ours.
    return _templates().get_template("project.html.jinja").render(view=view, fragments=parts)


def projects_page(views: Sequence[ProjectView]) -> str:
    """Return the list of projects."""
    return _templates().get_template("projects.html.jinja").render(projects=views)


def why_page(view: StoryView, asked: Mapping[str, str], branch: Row | None = None) -> str:
    """Return the page that says why a date moved; `asked` is what the query said."""
    window = {name: asked.get(name) for name in ("from", "to")}
    kept = {name: given for name, given in asked.items() if name not in window}
    shown = Shown(asked.get("to"), asked.get("true_at"), branch)
    # The positions of a branch's requests are nobody's: it is asked for as it is.
    told = {"from": view.first, **kept} | ({} if branch else {"to": view.last})
    template = _templates().get_template("why.html.jinja")
    return template.render(view=view, asked=window, kept=kept, told=told, shown=shown)


def board_page(
    board: Board,
    documents: Sequence[Mapping[str, Any]],
    asked: Mapping[str, str],
    branch: Row | None = None,
) -> str:
    """Return the page of the documents that a board's questions are answered with.

    `asked` is what the query said, `branch` the one they are of, which has its own moment.
    """
    first = documents[0]
    kept = {name: given for name, given in asked.items() if name != AS_OF}
    told = {**kept, AS_OF: first["position"]} if branch is None else kept
    now = {name: given for name, given in kept.items() if name != BRANCH}
    return (
        _templates()
        .get_template("board.html.jinja")
        .render(
            view=board.view(*documents),
            board=board.name,
            title=board.title,
            project=first["project"],
            name=first["name"],
            position=first["position"] if branch is None else branch["base_position"],
            zone=first.get("zone", board.zone),
            shown=Shown(asked.get(AS_OF), branch=branch),
            kept=kept,
            now=f"?{urlencode(now)}",
            choices=_choices(board, asked),
            questions=[{"name": each, "query": urlencode(told)} for each in board.questions],
        )
    )


def _choices(board: Board, asked: Mapping[str, str]) -> Sequence[Way]:
    """Return the ways to see a board otherwise, the first where nothing was chosen."""
    if board.choice is None:
        return ()
    name, values = board.choice
    chosen = asked.get(name, values[0])
    return [
        Way(f"by {each}", f"?{urlencode({**asked, name: each})}", each == chosen) for each in values
    ]


def message_page(title: str, detail: str) -> str:
    """Return a page that only says something."""
    return _templates().get_template("message.html.jinja").render(title=title, detail=detail)


def fragment(name: str, view: ProjectView) -> str:
    """Return one part of a project's page, with a digest that tells whether it differs."""
    inner = _templates().get_template(f"{name}.jinja").render(view=view, **_further(name, view))
    return (
        f'<section class="fragment {name}" data-fragment="{name}" data-digest="{_digest(inner)}"'
        f' id="{_ANCHORS.get(name, f"part-{name}")}">\n{inner}</section>'
    )


_ANCHORS: Final = {"needs": "needs", "departments": "departments"}


def _further(name: str, view: ProjectView) -> Mapping[str, Any]:
    match name:
        case "gantt":
            return {"chart": chart(view)}
        case "numbers":
            return {"figures": figures(view)}
        case "needs":
            return {"needs": needs(view)}
        case "phases":
            in_breakdown = sorted(view.phases, key=lambda phase: _place(phase.wbs))
            return {"phases": in_breakdown[:ROWS_MAX]}
        case _:
            return {}


def _place(wbs: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in wbs.split("."))


def _digest(part: str) -> str:
    """Return what tells whether a part of a page differs from the one that is shown."""
    return sha256(part.encode()).hexdigest()[:16]


def _static_address(name: str) -> str:
    found = static_file(name)
    assert found is not None, name
    return f"/static/{name}?v={found.digest}"


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        day=words.day,
        short_day=lambda when: words.NOTHING if when is None else words.short_day(when),
        moment=words.moment,
        clock_time=words.clock_time,
        finish_day=lambda when, zone: None if when is None else words.finish_day(when, zone),
        days=words.days,
        signed=words.signed,
        share=words.share,
        against_promise=lambda view: figures(view)[0],
    )
    environment.globals["static"] = _static_address
    environment.globals["ways"] = ways
    environment.globals["digest"] = _digest
    return environment
