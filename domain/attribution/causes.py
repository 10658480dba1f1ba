"""Say to whom and to what the effect of an event is charged."""

from typing import Any, Final, NamedTuple

from domain.attribution.chain import Chain
from domain.kernel.ids import subject_of
from domain.kernel.messages import MessageClass, Recorded
from domain.network.project_network import ProjectNetwork
from domain.projects.events import DataDateAdvanced

NO_REPORT: Final = "no_report"
"""The reason of time that passed while nobody reported anything of the phase that should work."""
UNSTATED: Final = "unstated"
CUSTOMER_REASONS: Final = frozenset({"customer_request", "customer_input_late"})


class Cause(NamedTuple):
    """What one event is charged to; empty where it is nobody's.

    `reason` is a root code of DOMAIN 9.1, `no_report` for time that passed without a report, or
    `unstated`. `message_class` of passing time is `progress` where a phase should have worked.
    """

    phase_id: str | None
    department: str
    party: str
    vendor: str
    reason: str
    text: str
    message_class: MessageClass

    @property
    def is_customers(self) -> bool:
        """Whether it is charged to what the customer asked for, or did not deliver."""
        return self.reason in CUSTOMER_REASONS


def cause_of(recorded: Recorded[Any], network: ProjectNetwork, chain: Chain) -> Cause:
    """Return what an event is charged to; `network` and `chain` are those right after it.

    The party is the one that the envelope holds responsible, else the vendor of the commitment,
    else the department of the phase concerned, else who asked.
    """
    event, envelope = recorded.event, recorded.envelope
    said = envelope.reason
    reason, text = (UNSTATED, "") if said is None else (said.code, said.text or "")
    kind: MessageClass = event.message_class
    vendor, phase_id = "", _phase_of(recorded)
    if recorded.subject.category == "commitment":
        supply = network.supplies.get(recorded.subject_id)
        vendor = "" if supply is None else supply.vendor
    if isinstance(event, DataDateAdvanced):
        held = chain.held_by_time
        if held is not None:
            phase_id, kind = held, "progress"
            reason, text = _last_reason(network, held)
    department = ""
    if phase_id is not None and phase_id in network.lines:
        department = network.lines[phase_id].department
    party = envelope.responsible or vendor or department or envelope.actor
    return Cause(phase_id, department, party, vendor, reason, text, kind)


def _phase_of(recorded: Recorded[Any]) -> str | None:
    """Return the phase that an event is about."""
    about = subject_of(recorded.stream)
    if about.category == "phase":  # Its own events, and corrections of them.
        return about.ids[-1]
    phase_id = getattr(recorded.event, "phase_id", None) or getattr(recorded.event, "succ", None)
    return phase_id if isinstance(phase_id, str) else None


def _last_reason(network: ProjectNetwork, phase_id: str) -> tuple[str, str]:
    """Return the reason that the last report about a phase gave."""
    facts = network.lines[phase_id].execution.facts
    if not facts:
        return NO_REPORT, ""
    said = max(facts, key=lambda fact: fact.position).envelope.reason
    return (UNSTATED, "") if said is None else (said.code, said.text or "")
