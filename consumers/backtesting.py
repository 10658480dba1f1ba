"""Answer how often the rules were right on the log at hand, and how early."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from consumers.failures import WrongInput
from consumers.ruling import in_order, rule_of
from consumers.views import Views
from domain.kernel.ids import subject_of
from domain.kernel.refusals import UnknownSubject
from domain.kernel.values import rfc3339
from domain.log.port import EventLog
from domain.policies.backtest import HORIZON_DAYS, Period, Score, backtest
from domain.rules import Rule
from projections.rebuilding import collector_paused
from projections.replay import messages_of


def backtested(
    event_log: EventLog,
    views: Views,
    rule: str | None = None,
    projects: Sequence[str] = (),
    *,
    begin: str | None = None,
    end: str | None = None,
    horizon_days: int = HORIZON_DAYS,
) -> dict[str, Any]:
    """Return the scores of one rule or of all, over some projects or all, added up.

    `begin` and `end` are positions or times; the whole log without them. Raises WrongInput and
    UnknownSubject.
    """
    rules = in_order() if rule is None else [rule_of(rule)]
    period = _period(views, begin, end)
    known = sorted(subject_of(stream).ids[-1] for stream in event_log.subjects("project"))
    for project_id in projects:
        if project_id not in known:
            msg = f"there is no project {project_id}"
            raise UnknownSubject(msg)
    scores = {each.name: Score(each.name, each.code) for each in rules}
    tested = list(dict.fromkeys(projects)) or known
    with collector_paused():
        for project_id in tested:
            for score in _scores(views, project_id, rules, period, horizon_days):
                scores[score.rule] = scores[score.rule].plus(score)
    return {
        "from": period.first,
        "to": period.last,
        "begin": rfc3339(period.begin),
        "end": rfc3339(period.end),
        "horizon_days": horizon_days,
        "projects": tested,
        "rules": [_told(score) for score in scores.values()],
    }


def _scores(
    views: Views, project_id: str, rules: Sequence[Rule[Any]], period: Period, horizon_days: int
) -> Sequence[Score]:
    messages = list(messages_of(views.history(project_id, 0, period.last)))
    return backtest(rules, project_id, messages, views.clock, period, horizon_days=horizon_days)


def _period(views: Views, begin: str | None, end: str | None) -> Period:
    first, last = views.position_of(begin), views.position_of(end)
    first = max(1, first or 1)
    last = views.feed.head() if last is None else last
    if first > last:
        msg = f"the log has nothing from position {first} to {last}"
        raise WrongInput(msg)
    views.clock.reach(last)
    (opening,), (closing,) = views.feed.read(first - 1, 1), views.feed.read(last - 1, 1)
    return Period(first, last, opening.recorded_at, closing.recorded_at)


def _told(score: Score) -> dict[str, Any]:
    return {
        "code": score.code,
        "rule": score.rule,
        "fired": score.fired,
        "true": score.true,
        "false": score.false,
        "missed": score.missed,
        "undecided": score.undecided,
        "precision_bp": score.precision_bp,
        "recall_bp": score.recall_bp,
        "lead_days": _text(score.lead_days),
    }


def _text(days: Decimal | None) -> str | None:
    return None if days is None else str(days)
