"""Accounting of energy (能耗核算): pure functions on scalars and NumPy columns."""

from nenghao.accounting.coal_equivalent import coal_equivalent_tce

__all__ = ["coal_equivalent_tce"]
