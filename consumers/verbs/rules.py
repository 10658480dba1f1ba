"""Say which detection rules there are, and how right they were: `takt rules`."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

import typer

from consumers.verbs.terminal import AsJson, AsOf, clear_errors, opened, show
from domain.kernel.wording import counted

rules_app = typer.Typer(
    help="Look at the rules that see trouble coming, and what they go by.", no_args_is_help=True
)

NONE: Final = "none"
"""What is shown of a share or a lead of nothing: it is undefined, neither 0 nor all."""


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


@rules_app.command("backtest")
def back_test(
    rule: Annotated[str | None, typer.Argument(help="Its name or its code; else all.")] = None,
    project: Annotated[
        list[str] | None, typer.Option("--project", help="Of this project only; may be repeated.")
    ] = None,
    begin: Annotated[
        str | None, typer.Option("--from", help="Conflicts opened from this position or time on.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="With what was known by this position or time.")
    ] = None,
    horizon: Annotated[
        int,
        typer.Option("--horizon", min=1, max=1000, help="Working days a slip may be ahead."),
    ] = 60,
    *,
    as_json: AsJson = False,
) -> None:
    """Replay the log through the rules: how often they were right, what they missed, how early."""
    from consumers.backtesting import backtested  # noqa: PLC0415

    with opened() as system:
        document = backtested(
            system.log,
            system.views,
            rule,
            project or (),
            begin=begin,
            end=end,
            horizon_days=horizon,
        )
        show(document, as_json=as_json, text=backtest_text)


def backtest_text(document: Mapping[str, Any]) -> str:
    """Return the table of the rules' scores."""
    return "\n".join(_scores(document))


def _scores(document: Mapping[str, Any]) -> Iterator[str]:
    count = len(document["projects"])
    yield (
        f"{counted(count, 'project')}, positions {document['from']} to "
        f"{document['to']}, horizon {document['horizon_days']} working days"
    )
    head = ("fired", "true", "false", "missed", "undecided", "precision", "recall", "lead")
    yield f"{'rule':<29}" + "".join(f"{name:>10}" for name in head)
    for rule in document["rules"]:
        counts = [str(rule[name]) for name in head[:5]]
        lead = NONE if rule["lead_days"] is None else f"{rule['lead_days']} d"
        shown = [*counts, _percent(rule["precision_bp"]), _percent(rule["recall_bp"]), lead]
        yield f"{rule['code']:<4} {rule['rule']:<24}" + "".join(f"{each:>10}" for each in shown)


def _percent(share_bp: int | None) -> str:
    return NONE if share_bp is None else f"{(share_bp + 50) // 100} %"


def rules_text(document: Mapping[str, Any]) -> str:
    """Return a line for each rule, and under it the numbers it goes by."""
    return "\n".join(_lines(document))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    width = max(len(rule["name"]) for rule in document["rules"])
    for rule in document["rules"]:
        off = "" if rule["on"] else "  (off)"
        yield f"{rule['code']:<4} {rule['name']:<{width}}  {rule['title']}{off}"
        yield from map(_number, rule["numbers"])
    yield "For all of them:"
    yield from map(_number, document["noise"])
    yield "For the project among others:"
    yield from map(_number, document["ranking"])


def rule_text(document: Mapping[str, Any]) -> str:
    """Return what a rule finds, in full."""
    head = f"{document['code']} {document['name']} (version {document['version']})"
    numbers = [_number(number) for number in document["numbers"]]
    return "\n".join([head, "", document["text"], *([""] if numbers else []), *numbers])


def _number(number: Mapping[str, Any]) -> str:
    default = "" if number["value"] == number["default"] else f" (else {number['default']})"
    unit = number["unit"]
    told = f"{number['name']}: {counted(number['value'], unit.removesuffix('s'), unit)}{default}"
    return f"     {told}. {number['text']}"
