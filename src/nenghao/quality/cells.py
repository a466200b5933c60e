"""What a check did not find good, place by place: sparse, because almost every place of a block is good."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nenghao.quality.flags import Flag, FlagArray

Index = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cells:
    """Places of a block that are not good, ascending and each once; ``place`` is row × slots + slot.

    ``value`` is the statistic that the check judged by and ``limit`` what it was held against, NaN where nothing can be
    said; ``other_row`` is the row of the block that it was compared with, -1 where there is none.
    """

    place: Index
    flag: FlagArray
    value: Floats
    limit: Floats
    other_row: Index

    @staticmethod
    def at(place: Index, flag: int | FlagArray, value: object = np.nan, limit: object = np.nan) -> Cells:
        """Make cells of places in order; a flag, value or limit of one number holds for all of them."""
        size = place.size

        def column(entry: object, dtype: type) -> npt.NDArray:
            return np.broadcast_to(np.asarray(entry, dtype=dtype), (size,))

        return Cells(
            place, column(flag, np.uint8), column(value, np.float64), column(limit, np.float64),
            column(-1, np.int64),
        )  # fmt: skip

    @staticmethod
    def none() -> Cells:
        """Make no cells: everything is good."""
        return Cells.at(np.empty(0, np.int64), int(Flag.GOOD))

    def take(self, which: npt.NDArray) -> Cells:
        """Give some of the cells, by mask or by index."""
        return Cells(*(getattr(self, name)[which] for name in self.__slots__))

    @staticmethod
    def join(*parts: Cells) -> Cells:
        """Put cells of different places together, in order."""
        filled = [part for part in parts if part.place.size]
        if len(filled) < 2:
            return filled[0] if filled else Cells.none()
        joined = Cells(*(np.concatenate([getattr(part, name) for part in filled]) for name in Cells.__slots__))
        return joined.take(np.argsort(joined.place, kind="stable"))


def graded(place: Index, value: Floats, suspect: object, fail: object) -> Cells:
    """Give the cells of places whose value lies beyond a limit; NaN limits are not judged.

    ``suspect`` and ``fail`` are numbers or one per place. A value equal to its limit is within it.

    >>> cells = graded(np.arange(3), np.array([1.0, 5.0, 9.0]), 4.0, 8.0)
    >>> cells.place.tolist(), cells.flag.tolist(), cells.limit.tolist()
    ([1, 2], [3, 4], [4.0, 8.0])
    """
    suspects = np.broadcast_to(np.asarray(suspect, np.float64), value.shape)
    fails = np.broadcast_to(np.asarray(fail, np.float64), value.shape)
    failed = value > fails
    hit = failed | (value > suspects)
    failed = failed[hit]
    flag = np.where(failed, np.uint8(Flag.FAIL), np.uint8(Flag.SUSPECT))
    return Cells.at(place[hit], flag, value[hit], np.where(failed, fails[hit], suspects[hit]))
