"""A mixer whose frame needs rods and a pump, with just enough of them: the least change is seen."""

from datetime import date
from decimal import Decimal

from domain.commitments.events import CommitmentRequested
from domain.items.events import BomLine, BomRevised, LeadTimeRevised, StockCounted
from domain.kernel.messages import DomainEvent
from domain.material.known import KnownMaterial
from domain.network.fold import fold
from domain.network.project_network import ProjectNetwork
from domain.requirements.events import RequirementIdentified
from tests.unit.projections.histories import DAY, MONDAY, PROJECT, History


def d(text: str | int) -> Decimal:
    return Decimal(text)


def item(name: str) -> str:
    return f"item-{PROJECT}/{name}"


def bom(*seals: int) -> BomRevised:
    return BomRevised(
        revision="A",
        lines=tuple(BomLine(item="seal", qty_per=d(each), uom="H87") for each in seals),
    )


def counted(qty: int) -> StockCounted:
    return StockCounted(location="main", qty=d(qty), at=MONDAY)


def ordered(qty: int, need_by: str, name: str = "rod", *needs: str) -> CommitmentRequested:
    return CommitmentRequested(
        vendor="Fluxtec",
        kind="goods",
        item=name,
        qty=d(qty),
        uom="H87",
        need_by=date.fromisoformat(need_by),
        for_requirements=needs or None,
    )


def a_mixer() -> History:
    """Return a plan of five days in which every need is covered.

    Welding begins on Wednesday 4 March. It needs ten rods a day before and one pump, which is made
    of two seals in a day. Four rods lie there, six come by Monday evening; two seals lie there.
    """
    history = History().opened().calendar("plant").promise("2026-03-09")
    history.phase("cut", 2).phase("weld", 3).link("cut", "weld")
    history.record(
        "requirement-R-1",
        RequirementIdentified(phase="weld", item="rod", qty=d(10), uom="H87", offset_min=DAY),
    )
    history.record(
        "requirement-R-2", RequirementIdentified(phase="weld", item="pump", qty=d(1), uom="H87")
    )
    history.record(item("rod"), counted(4)).record("commitment-PO-1", ordered(6, "2026-03-02"))
    history.record(item("rod"), LeadTimeRevised(value=3, unit="days"))
    history.record(item("seal"), counted(2)).record(item("pump"), bom(2))
    return history.record(item("pump"), LeadTimeRevised(value=DAY, unit="working_min"))


def told(*events: tuple[str, DomainEvent]) -> History:
    """Return the mixer's history, and what came after."""
    history = a_mixer()
    for stream, event in events:
        history.record(stream, event)
    return history


def state_of(history: History) -> tuple[ProjectNetwork, KnownMaterial]:
    """Fold a history."""
    network, known = ProjectNetwork(PROJECT), KnownMaterial()
    for recorded in history.events:
        fold(network, recorded)
        known.fold(recorded)
    return network, known
