"""The one flag scale of data quality (数据质量标识): every check answers with it, the worst one counts."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

FlagArray = npt.NDArray[np.uint8]


class Flag(IntEnum):
    """What a check says of one interval; the numbers are stored, and those of QARTOD (IOOS), which oceanographers use.

    >>> Flag.worst(np.array([1, 3], dtype=np.uint8), np.array([2, 1], dtype=np.uint8)).tolist()
    [2, 3]
    """

    GOOD = 1
    """合格: looked at, nothing wrong."""
    UNKNOWN = 2
    """未判定: could not be looked at (no rule, too little context)."""
    SUSPECT = 3
    """可疑: a person should look."""
    FAIL = 4
    """不合格: wrong, must be mended."""
    MISSING = 9
    """缺失: due and not there."""

    @staticmethod
    def worst(*flags: FlagArray) -> FlagArray:
        """Give the worst flag of each place: missing over fail over suspect over unknown over good.

        A check that does not apply to an item answers ``GOOD``; ``UNKNOWN`` means that it applies and could not look.
        """
        return np.maximum.reduce(flags)
