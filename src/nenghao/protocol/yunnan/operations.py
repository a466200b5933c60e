"""Every operation of dialect B: its path below ``/YNEnergy``, its message in the field table, what it needs.

``needs`` are fields that we ask for beyond those the table marks as required: without them a record says nothing.
The paths are those of the clients; where they show only one path for a message that carries a ``dataIndex``, the
forms ``/add``, ``/update`` and ``/delete`` are taken as well (ours).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BASE_PATH = "YNEnergy"
Verb = Literal["", "put", "add", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. ``kind`` names what is configured or kept; ``put`` adds, or updates where a dataIndex comes."""

    path: str
    message: str
    kind: str = ""
    verb: Verb = ""
    needs: tuple[str, ...] = ()
    takes_token: bool = True
    ours: bool = False
    """Whether no client shows this path."""


CONFIGURED: dict[str, tuple[str, ...]] = {
    "processConfigure": ("processCode", "processName"),
    "unitConfigure": ("processCode", "unitCode", "unitName"),
    "deviceConfigure": ("deviceName", "deviceNo", "deviceType", "energyCode"),
    "gaugeConfigure": ("meterName", "meterType", "meterLevel", "manageNo"),
    "dataCollectConfigure": ("collectItemName", "dataCode", "inputType", "statType", "scope"),
}
"""Configuration that lands in the registry, and what a record of it must say."""

COMPANY: tuple[str, ...] = (
    "companyContacter", "companyEnergySys", "companyEnergyManager", "companyEnergyMonitor", "companyCalculater",
    "companyEnergyCertification", "companyProductStructure", "companyOutputValue", "companyEnergyConservation",
    "companyEnergyAccount", "companyMaterielProduct",
)  # fmt: skip
"""Management information of an enterprise; kept as it is told."""

INSTITUTIONS = ("arganEnergy/addEnergy", "arganEnergy/addIDC", "arganEnergy/addWarm")
"""Statistics of public institutions; kept as they are told."""

ENERGY = "dataEnterpriseEnergy"
_BEFORE_TOKEN = (
    Operation("enterpriseInfo/rwk", "enterpriseInfo/rwk", takes_token=False),
    Operation("dataDownload/public", "dataDownload", takes_token=False),
    Operation("enterpriseInfo/apply", "enterpriseInfo/apply", takes_token=False),
    Operation("requestAK", "requestAK", takes_token=False),
)
_WITH_TOKEN = (
    Operation("checkVersion", "checkVersion"),
    Operation("platformAccessURL", "platformAccessURL"),
    Operation("dataDownload", "dataDownload"),
    Operation("enterpriseInfo/update", "enterpriseInfo/apply", "enterpriseInfo/apply", "update", ("dataIndex",)),
    Operation("gaugeReplaceConfigure", "gaugeConfigure", "gaugeReplaceConfigure", "put", ("installTime",)),
    Operation("gaugeVerifyConfigure", "gaugeConfigure", "gaugeVerifyConfigure", "put", ("verifyTime",)),
    Operation(
        ENERGY, ENERGY, needs=("dataCode", "dataValue", "valid", "scope", "inputType", "statType", "statDate")
    ),
)  # fmt: skip


def _three(kind: str, needs: tuple[str, ...], *, ours: bool = False) -> tuple[Operation, ...]:
    return (
        Operation(f"{kind}/add", kind, kind, "add", needs, ours=ours),
        Operation(f"{kind}/update", kind, kind, "update", ("dataIndex", *needs), ours=ours),
        Operation(f"{kind}/delete", kind, kind, "delete", ("dataIndex",), ours=ours),
    )


_KEPT = tuple(Operation(name, name, name, "put") for name in (*COMPANY, *INSTITUTIONS))

OPERATIONS: dict[str, Operation] = {
    operation.path: operation
    for operation in (
        *_BEFORE_TOKEN, *_WITH_TOKEN, *_KEPT,
        *(one for kind, needs in CONFIGURED.items() for one in _three(kind, needs)),
        *(one for kind in COMPANY for one in _three(kind, (), ours=True)),
    )
}  # fmt: skip
"""All operations by their path below :data:`BASE_PATH`."""
