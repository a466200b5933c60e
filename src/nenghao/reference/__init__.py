"""The nation's tables as data files with citation, and their loader (标准与参考数据).

The law is data with a date and a citation; code only applies it. See ``docs/reference.md``.
"""

from nenghao.reference.library import Library, library
from nenghao.reference.model import (
    Co2Factor,
    EnergyType,
    EnumerationItem,
    Factor,
    FitRate,
    Industry,
    MeteringAccuracy,
    MeteringThreshold,
    Process,
    QuotaRow,
    Region,
    Status,
    basis_label,
    status_label,
)
from nenghao.reference.refusals import ReferenceDataError

__all__ = [
    "Co2Factor", "EnergyType", "EnumerationItem", "Factor", "FitRate", "Industry", "Library", "MeteringAccuracy",
    "MeteringThreshold", "Process", "QuotaRow", "ReferenceDataError", "Region", "Status", "basis_label", "library",
    "status_label",
]  # fmt: skip
