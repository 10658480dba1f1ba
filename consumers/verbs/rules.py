"""Say which detection rules there are: `takt rules list` and `takt rules explain`."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from consumers.verbs.terminal import AsJson, AsOf, clear_errors, opened, show

rules_app = typer.Typer(
    help="Look at the rules that see trouble coming, and what they go by.", no_args_is_help=True
)


@rules_app.command("list")
def list_rules(
    project: Annotated[str | None, typer.Argument(help="With the numbers it has set.")] = None,
    as_of: AsOf = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the rules with their numbers: the defaults, or those of a project."""
    from consumers.ruling import rules, rules_document  # noqa: PLC0415

    if project is None:
        with clear_errors():
            show(rules_document({}), as_json=as_json, text=rules_text)
        return
    with opened() as system:
        document = rules(system.views, project, {} if as_of is None else {"as_of": as_of})
        show(document, as_json=as_json, text=rules_text)


@rules_app.command("explain")
def explain(
    rule: Annotated[str, typer.Argument(help="Its name or its code, e.g. S2.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say what a rule finds, when it clears, and what it goes by."""
    from consumers.ruling import explained  # noqa: PLC0415

    with clear_errors():
        show(explained(rule), as_json=as_json, text=rule_text)


def rules_text(document: Mapping[str, Any]) -> str:
    """Return a line for each rule, and under it the numbers it goes by."""
    return "\n".join(_lines(document))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    for rule in document["rules"]:
        off = "" if rule["on"] else "  (off)"
        yield f"{rule['code']:<4} {rule['name']:<24} {rule['title']}{off}"
        yield from map(_number, rule["numbers"])
    yield "For all of them:"
    yield from map(_number, document["noise"])


def rule_text(document: Mapping[str, Any]) -> str:
    """Return what a rule finds, in full."""
    head = f"{document['code']} {document['name']} (version {document['version']})"
    numbers = [_number(number) for number in document["numbers"]]
    return "\n".join([head, "", document["text"], *([""] if numbers else []), *numbers])


def _number(number: Mapping[str, Any]) -> str:
    default = "" if number["value"] == number["default"] else f" (else {number['default']})"
    told = f"{number['name']} {number['value']} {number['unit']}{default}"
    return f"     {told}: {number['text']}"
