"""Tell what a project needs of an item, what lies there and what is ordered of it."""

from datetime import date
from decimal import Decimal

from domain.commitments.events import CommitmentAcknowledged
from domain.items.events import LeadTimeRevised, StockCounted
from domain.kernel.messages import DomainEvent
from domain.requirements.events import RequirementIdentified
from tests.unit.projections.histories import History, at

SUBJECTS = ("item-PRJ-7/valves",)


def a_mounting(days_before: int = 10) -> History:
    """Mount starts after so many days of building, with nothing else to hold it."""
    history = History().opened().calendar("plant")
    return history.phase("build", days_before).phase("mount", 2).link("build", "mount")


def needs(history: History, qty: int = 24, phase: str = "mount", name: str = "R1") -> History:
    """Let a phase need valves at its start."""
    event = RequirementIdentified(phase=phase, item="valves", qty=Decimal(qty), uom="H87")
    return history.record(f"requirement-{name}", event)


def item(history: History, event: DomainEvent) -> History:
    """Record an event of the valves."""
    return history.record("item-PRJ-7/valves", event)


def counted(history: History, qty: int) -> History:
    """Count the valves."""
    event = StockCounted(location="A", qty=Decimal(qty), at=at("2026-02-02 08:00"))
    return item(history, event)


def takes(history: History, days: int) -> History:
    """Let it take so many days from order to receipt."""
    return item(history, LeadTimeRevised(value=days, unit="days"))


def confirmed(history: History, line: str, day: str) -> History:
    """Let the vendor accept an order for a day."""
    event = CommitmentAcknowledged(
        revision=1, status="accepted", promised_date=date.fromisoformat(day)
    )
    return history.commitment(line, event)
