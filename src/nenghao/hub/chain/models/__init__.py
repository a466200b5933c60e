"""The chain's tables: where this hub sends, who sends to it from below, and what was compared with them."""

from nenghao.hub.chain.models.compared import ComparedDay, DayState, ForwardedDay, ReceivedDay
from nenghao.hub.chain.models.forwarding import ForwardedEnterprise, Refusal, RefusedKind, Repair, RepairReason
from nenghao.hub.chain.models.links import Platform, Upstream, UpstreamKind, UpstreamState

__all__ = [
    "ComparedDay",
    "DayState",
    "ForwardedDay",
    "ForwardedEnterprise",
    "Platform",
    "ReceivedDay",
    "Refusal",
    "RefusedKind",
    "Repair",
    "RepairReason",
    "Upstream",
    "UpstreamKind",
    "UpstreamState",
]
