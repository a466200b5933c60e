"""The registry's tables, by subject: places, enterprises, what they meter with, what they upload."""

from nenghao.hub.registry.models.assets import Equipment, Meter, Process, ProcessUnit
from nenghao.hub.registry.models.collection import DataItem, Device
from nenghao.hub.registry.models.enterprise import Enterprise
from nenghao.hub.registry.models.places import Industry, Region, RegionLevel
from nenghao.hub.registry.models.versions import RegistryVersion, bump_version

__all__ = [
    "DataItem",
    "Device",
    "Enterprise",
    "Equipment",
    "Industry",
    "Meter",
    "Process",
    "ProcessUnit",
    "Region",
    "RegionLevel",
    "RegistryVersion",
    "bump_version",
]
