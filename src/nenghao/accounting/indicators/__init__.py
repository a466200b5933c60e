"""Monitoring indicators (监测指标体系): definitions, in files or made by an officer; values from columns of facts."""

from nenghao.accounting.indicators.definitions import Definition, definition_from, definition_to, shipped
from nenghao.accounting.indicators.evaluating import Evaluated, evaluate, pooled
from nenghao.accounting.indicators.terms import Term, needed, parse_term

__all__ = [
    "Definition",
    "Evaluated",
    "Term",
    "definition_from",
    "definition_to",
    "evaluate",
    "needed",
    "parse_term",
    "pooled",
    "shipped",
]
