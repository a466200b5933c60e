"""The app's tables: corrections, the rule for filling gaps, closed months."""

from nenghao.hub.corrections.models.closing import ClosedFigure, ClosedMonth, MonthStatus
from nenghao.hub.corrections.models.correction import Correction, Method, Status
from nenghao.hub.corrections.models.fill_rule import FillRule

__all__ = ["ClosedFigure", "ClosedMonth", "Correction", "FillRule", "Method", "MonthStatus", "Status"]
