"""Accuracy classes (准确度等级) and fit rates (配备率) of meters, held against tables that are handed in.

The tables of GB 17167 are not verified: what is said here is shown with 待核 and never decides a verdict alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nenghao.quality.flags import Flag
from nenghao.reference import FitRate, MeteringAccuracy, Status
from nenghao.reference.model import STATUSES, MeteringLevel

_CLASS = re.compile(r"(\d+(?:\.\d+)?)\s*(S?)\s*级?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class AccuracyClass:
    """A class as one orders it: the smaller the better; of one number the S class is the better one.

    An S meter (0.5S) keeps its class down to a hundredth of the rated current, the plain one only to a twentieth.
    """

    number: float
    plain: bool

    def __str__(self) -> str:
        return f"{self.number:g}" + ("" if self.plain else "S")


def accuracy_class(text: str) -> AccuracyClass | None:
    """Read a class; ``None`` for what is not one number: nothing is guessed from words.

    >>> str(accuracy_class("0.5s级")), accuracy_class("0.5S") < accuracy_class("0.50"), accuracy_class("B级")
    ('0.5S', True, None)
    """
    found = _CLASS.fullmatch(text.strip())
    return AccuracyClass(float(found[1]), not found[2]) if found else None


@dataclass(frozen=True, slots=True)
class ClassVerdict:
    """Whether a meter's class is good enough: ``GOOD`` under every row that may apply, ``FAIL`` under none, else
    ``UNKNOWN``. ``status`` is the weakest of the rows'; 待核 rows are a hint, no verdict.
    """

    flag: Flag
    required: tuple[MeteringAccuracy, ...]
    status: Status


def required_rows(
    rows: Iterable[MeteringAccuracy],
    *,
    energy_key: str,
    level: MeteringLevel,
    instrument: str = "",
    condition: str = "",
    monthly_kwh: float | None = None,
) -> tuple[MeteringAccuracy, ...]:
    """Give the rows that may apply to a meter, by what is known of it.

    ``condition`` names a row's condition where somebody knows it (``"I类用户"``, ``"静态计量"``). ``monthly_kwh`` [kWh]
    leaves out the users of less than the class it reaches; stricter ones stay, since a transformer may decide too.
    Below the entrance the table gives a rule and no class (one class lower): no row.
    """
    if level != "entering_unit":
        return ()
    found = [
        row for row in rows
        if energy_key in row.energy_keys and row.accuracy_class and row.level in ("", "entering_unit")
        and instrument in ("", row.instrument) and condition in ("", row.condition)
    ]  # fmt: skip
    return tuple(_not_below(found, monthly_kwh) if monthly_kwh is not None else found)


def _not_below(rows: Sequence[MeteringAccuracy], monthly_kwh: float) -> Sequence[MeteringAccuracy]:
    """Leave out the rows that are laxer than the one whose consumption is reached."""
    bounds = [row.monthly_kwh_from for row in rows if row.monthly_kwh_from is not None]
    reached = max((bound for bound in bounds if bound <= monthly_kwh), default=None)
    if reached is None:
        return rows
    return [row for row in rows if row.monthly_kwh_from is not None and row.monthly_kwh_from >= reached]


def judge_class(text: str, required: Sequence[MeteringAccuracy]) -> ClassVerdict:
    """Hold a meter's class against the rows that may apply.

    >>> judge_class("1.0", ()).flag.name
    'UNKNOWN'
    """
    status = weakest(row.status for row in required)
    own = accuracy_class(text)
    limits = [limit for row in required if (limit := accuracy_class(row.accuracy_class))]
    if own is None or not limits:
        return ClassVerdict(Flag.UNKNOWN, tuple(required), status)
    met = [own <= limit for limit in limits]
    flag = Flag.GOOD if all(met) else Flag.UNKNOWN if any(met) else Flag.FAIL
    return ClassVerdict(flag, tuple(required), status)


def weakest(statuses: Iterable[Status]) -> Status:
    """Give the weakest status: one unverified row makes the result 待核; no row at all is unverified."""
    found = set(statuses)
    known: list[Status] = [status for status in STATUSES if status in found]
    return known[-1] if known else "unverified"


@dataclass(frozen=True, slots=True)
class Fit:
    """The fit rate of one energy at one level: places that must have a meter, places that have one, what is required.

    ``required_ratio`` is ``None`` where no requirement is known or printed. ``meets`` is a hint where the table is
    unverified (``status``), and ``None`` where there is nothing to compare.
    """

    level: MeteringLevel
    energy_key: str
    due: int
    equipped: int
    required_ratio: float | None
    status: Status

    @property
    def ratio(self) -> float | None:
        """Equipped ÷ due, 0 to 1; ``None`` where nothing is due."""
        return self.equipped / self.due if self.due else None

    @property
    def meets(self) -> bool | None:
        """Whether the rate reaches what is required, counted in places so that no rounding decides."""
        if not self.due or self.required_ratio is None:
            return None
        return self.equipped >= self.required_ratio * self.due - _TINY


_TINY = 1e-9
"""Room for the binary form of a ratio such as 0.95, far below one place in any plant."""


def fit_rate(*, level: MeteringLevel, energy_key: str, due: int, equipped: int, required: FitRate | None) -> Fit:
    """Give the fit rate (配备率) of one energy at one level; ``equipped`` counts places, not meters.

    Refuses more equipped than due places with ``ValueError``: that is a slip of the caller, not of the data.
    """
    if not 0 <= equipped <= due:
        raise ValueError(f"{equipped} equipped of {due} due")
    percent = required.rate(level) if required else None
    ratio = None if percent is None else float(percent) / 100
    return Fit(level, energy_key, due, equipped, ratio, required.status if required else "unverified")
