"""Who bears a target (目标责任主体): a region with the enterprises below it, or one enterprise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nenghao.hub.registry.models import Enterprise, Region


@dataclass(frozen=True, slots=True)
class Owner:
    """A region or an enterprise. ``members`` are the ids of its enterprises, ``region_path`` where it lies."""

    key: str
    name: str
    code: str
    region_path: str
    members: tuple[int, ...]
    region: Region | None = None
    enterprise: Enterprise | None = None

    @property
    def is_region(self) -> bool:
        """Whether it is a region."""
        return self.region is not None

    @property
    def link(self) -> dict[str, Region | Enterprise | None]:
        """The two columns that say whose a row is."""
        return {"region": self.region, "enterprise": self.enterprise}


def region_key(code: str) -> str:
    """Name a region as an owner."""
    return f"region/{code}"


def enterprise_key(code: str) -> str:
    """Name an enterprise as an owner."""
    return f"enterprise/{code}"


def enterprise_owner(enterprise: Enterprise) -> Owner:
    """Give an enterprise (loaded with its region) as an owner."""
    return Owner(
        enterprise_key(enterprise.code), enterprise.name, enterprise.code, enterprise.region.path, (enterprise.pk,),
        enterprise=enterprise,
    )  # fmt: skip


def region_owner(region: Region, enterprises: Iterable[Enterprise]) -> Owner:
    """Give a region as an owner; its members are those of the enterprises that lie in it."""
    members = tuple(one.pk for one in enterprises if one.region.path.startswith(region.path))
    return Owner(region_key(region.code), region.name, region.code, region.path, members, region=region)


def parts_of(region: Region, enterprises: Sequence[Enterprise]) -> tuple[Owner, ...]:
    """Give who a region's target is decomposed to: the regions just below it that have enterprises, then its own.

    ``enterprises`` are all of the region, loaded with their region; those that lie in a region below are its business.
    """
    below = Region.objects.filter(parent=region).order_by("code")
    regions = [owner for child in below if (owner := region_owner(child, enterprises)).members]
    own = [enterprise_owner(one) for one in enterprises if one.region_id == region.code]
    return (*regions, *own)
