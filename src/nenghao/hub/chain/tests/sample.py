"""A link up, a link down, and a compared day on each, for one enterprise; every text contains its name."""

from __future__ import annotations

from nenghao.hub.chain.models import DayState, ForwardedDay, ReceivedDay, Refusal, RefusedKind
from nenghao.hub.chain.platforms import register_platform
from nenghao.hub.chain.upstreams import add_upstream


def fill_chain(*, actor, now, enterprise, name):
    """Give the upstream and the platform."""
    upstream = add_upstream(
        actor=actor, now=now, name=f"{name}上级", register_url="http://127.0.0.1:9/nhjc/registerPlatform",
        region=enterprise.region,
    )  # fmt: skip
    platform = register_platform(
        actor=actor, now=now, region=enterprise.region, name=f"{name}平台", source_digest=f"{name}"
    )
    day = {
        "enterprise": enterprise, "day": now.date(), "state": DayState.DIFFERS, "compared_at": now, "own_count": 3,
        "other_count": 2, "own_totals": {"electricity": [1e6, 122.9]}, "other_totals": {"electricity": [9e5, 110.6]},
    }  # fmt: skip
    ForwardedDay.objects.create(upstream=upstream, **day)
    ReceivedDay.objects.create(platform=platform, **day)
    Refusal.objects.create(
        upstream=upstream, enterprise=enterprise, kind=RefusedKind.CONFIGURATION, code="region-outside",
        message_zh=f"{name}不在辖区", message_en=f"{name} outside", mend_zh="核对", mend_en="check", refused_at=now,
    )  # fmt: skip
    return upstream, platform
