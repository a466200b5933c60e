"""The uplinks of the edge: one conversation per dialect of the platforms, all behind :class:`base.Uplink`."""

from __future__ import annotations

from nenghao.edge.uplinks.base import Channel, Uplink
from nenghao.edge.uplinks.national import NationalUplink
from nenghao.edge.uplinks.yunnan import YunnanUplink

DIALECTS: dict[str, type[Uplink]] = {"A": NationalUplink, "B": YunnanUplink}
"""Which uplink speaks which dialect; the dialect is the province profile's."""


def make_uplink(channel: Channel) -> Uplink:
    """Make the uplink that speaks the dialect of a channel's destination."""
    return DIALECTS[channel.to.dialect](channel)
