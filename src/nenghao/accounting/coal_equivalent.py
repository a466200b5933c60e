"""Coal equivalent (折标准煤): a quantity in physical units times its factor.

GB/T 2589: E = Σ (Eᵢ · kᵢ). The factors kᵢ come from :mod:`nenghao.reference` with edition, validity and status.
"""

from __future__ import annotations

from typing import overload

import numpy as np
import numpy.typing as npt

KGCE_PER_TCE = 1000.0

FloatColumn = npt.NDArray[np.float64]


@overload
def coal_equivalent_tce(quantity: float, factor_kgce_per_unit: float) -> float: ...
@overload
def coal_equivalent_tce(quantity: npt.ArrayLike, factor_kgce_per_unit: FloatColumn) -> FloatColumn: ...
@overload
def coal_equivalent_tce(quantity: FloatColumn, factor_kgce_per_unit: npt.ArrayLike) -> FloatColumn: ...
def coal_equivalent_tce(quantity: npt.ArrayLike, factor_kgce_per_unit: npt.ArrayLike) -> float | FloatColumn:
    """Turn a quantity [base unit: kWh, GJ, m3, t] into coal equivalent [tce] (GB/T 2589, E = Σ Eᵢ·kᵢ).

    ``factor_kgce_per_unit`` [kgce per the same unit] is one number, or a column with a factor per quantity. Shapes
    follow NumPy broadcasting; two scalars give a ``float``. A missing quantity (NaN) stays missing, never zero; a
    negative quantity (energy sent out) gives negative coal equivalent.

    >>> coal_equivalent_tce(10_000.0, 0.1229)
    1.229
    >>> coal_equivalent_tce(np.array([1000.0, np.nan]), 0.1229)
    array([0.1229,    nan])
    """
    kgce = np.multiply(quantity, factor_kgce_per_unit, dtype=np.float64)
    tce = kgce / KGCE_PER_TCE
    return tce if isinstance(tce, np.ndarray) else float(tce)
