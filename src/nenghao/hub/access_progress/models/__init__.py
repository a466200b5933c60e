"""Tables of the app: plan, exemptions, settings; tickets; acceptance; organisation."""

from nenghao.hub.access_progress.models.acceptance import (
    Acceptance,
    AcceptanceEvent,
    AcceptanceKind,
    AcceptanceStep,
    Answer,
    Verdict,
)
from nenghao.hub.access_progress.models.organisation import DutyPerson, RegionDuty
from nenghao.hub.access_progress.models.plan import AccessPlan, AccessSetting, Exemption, Stage, Tier
from nenghao.hub.access_progress.models.tickets import (
    REPAIR_WORKDAYS,
    UNREPAIRED,
    FaultKind,
    FaultTicket,
    TicketAction,
    TicketEvent,
    TicketState,
)

__all__ = [
    "REPAIR_WORKDAYS",
    "UNREPAIRED",
    "Acceptance",
    "AcceptanceEvent",
    "AcceptanceKind",
    "AcceptanceStep",
    "AccessPlan",
    "AccessSetting",
    "Answer",
    "DutyPerson",
    "Exemption",
    "FaultKind",
    "FaultTicket",
    "RegionDuty",
    "Stage",
    "TicketAction",
    "TicketEvent",
    "TicketState",
    "Tier",
    "Verdict",
]
