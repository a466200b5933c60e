"""What the checks look at: items × slots, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of the items of a block, one value per item; bounds are in the base unit per slot, NaN where none.

    ``usual`` is the median of the item's recent known values other than zero (NaN: too few), ``high`` their 95th
    percentile: the level that the item works at, the scale of "much". A batch furnace's median is its idling, so that
    without ``high`` the checks must allow far more; whoever knows the recent values gives both. Recent is four weeks;
    give NaN with less than two weeks of them, or a plant's holidays become its scale.
    ``max_rate`` is the largest consumption that the connection or meter allows in one slot.
    """

    item_id: npt.NDArray[np.int64]
    enterprise_id: npt.NDArray[np.int64]
    energy_key: npt.NDArray[np.str_]
    value_min: Matrix
    value_max: Matrix
    max_rate: Matrix
    may_be_negative: npt.NDArray[np.bool_]
    usual: Matrix
    high: Matrix | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One series of many items over one period: rows are items, columns are slots.

    Real-time readings (``stat_type`` 0) come by day (24, 48 or 96 slots), day records (1) by month (28 to 31 slots),
    month records (2) by year (12 slots). ``start`` is the Beijing wall time of the first slot. NaN is a missing value.

    ``before`` holds the last slots before the block (as many columns as the block has, NaN where unknown): neighbours,
    running flat lines and yesterday's curve are looked up there. ``due`` says which slots should hold a value by now.
    ``delay_s`` is how long after the end of its slot the first version with a value arrived, NaN where none did;
    ``by_hand`` whether the current version was entered or estimated by a person; ``contents`` how many different
    values gateways have sent for the slot; ``start_offset_s`` how far the sent start lay from the slot's own.
    ``accepted`` marks what a person has confirmed as true: checks answer ``GOOD`` there. ``after`` holds the first
    slots after the block, one is enough: without it nobody knows whether the last slot is a spike.
    """

    stat_type: int
    start: datetime
    traits: Traits
    value: Matrix
    state: npt.NDArray[np.uint8]
    due: npt.NDArray[np.bool_]
    delay_s: Matrix
    by_hand: npt.NDArray[np.bool_]
    contents: npt.NDArray[np.uint8]
    start_offset_s: npt.NDArray[np.float64]
    accepted: npt.NDArray[np.bool_]
    before: Matrix
    after: Matrix | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Items and slots."""
        return self.value.shape  # type: ignore[return-value]
