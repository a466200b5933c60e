"""What keeps a match with the catalogue of outdated equipment from being certain, and what rules it out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from nenghao.errors import Language
from nenghao.reference.eliminated import EliminatedEntry
from nenghao.supervision.models_written import plain

DRIVEN = frozenset({"泵", "风机", "罗茨鼓风机", "压缩机类", "工业锅炉"})
"""Machines that are often registered with the model of their motor."""
ALIKE = (frozenset({"电焊机", "电弧焊机"}), frozenset({"风机", "罗茨鼓风机"}))
"""Names that batches use for one kind."""
RATINGS = re.compile(r"([-/.]?(\d+(\.\d+)?(KW|KV|V|A|HZ|P|RPM|R/MIN)|B\d{1,2}|V\d|IP\d\d))*")
"""What may stand behind a motor's model and does not change it: ratings, mounting, protection, insulation."""
VOLTAGE = re.compile(r"(?<![0-9.])(\d+(?:\.\d+)?)(K?)V(?![A-Z])")
POWER_TOLERANCE = 0.02
"""Relative difference of rated powers that is taken for rounding (ours)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What is known of a piece of equipment; what is not known is left out, never guessed.

    ``category`` is a word of the catalogue (:func:`nenghao.supervision.eliminated.category_of`); power in kW,
    efficiency in percent, voltage in kV. Without a year of manufacture the year of service bounds it from above.
    """

    model: str
    category: str = ""
    rated_power_kw: float | None = None
    efficiency_pct: float | None = None
    voltage_kv: float | None = None
    made_year: int | None = None
    service_year: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A model in normal form: letters in it that the catalogue does not print, what stands behind, what was read."""

    model: str
    suffix: str = ""
    rest: str = ""
    groups: tuple[tuple[str, str | None], ...] = ()

    def read(self, *names: str) -> str:
        """Give the first of these parts that was read off the model."""
        said = dict(self.groups)
        return next((text for name in names if (text := said.get(name))), "")


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that is missing or does not agree."""

    code: str
    zh: str
    en: str

    def text(self, language: Language = "zh") -> str:
        """Give it in a language."""
        return self.zh if language == "zh" else self.en


class RuledOutError(Exception):
    """The piece is known not to be what the entry lists."""


def doubts(piece: Piece, written: Written, entry: EliminatedEntry) -> tuple[Doubt, ...]:
    """Give all doubts of a match; raises :class:`RuledOutError` where a known fact rules it out."""
    return (
        *_category(piece, entry), *_year(piece, entry), *_size(written, entry), *_number(written, entry),
        *_voltage(piece, written, entry), *_suffix(written, entry), *_power(piece, entry), *_efficiency(piece, entry),
        *_unverified(entry),
    )  # fmt: skip


def _unverified(entry: EliminatedEntry) -> Iterator[Doubt]:
    if entry.is_unverified:
        yield Doubt("unverified", "目录条目待核（转录件，未对照公告原文）",
                    "the entry is unverified (待核): a transcription, not compared with the notice")  # fmt: skip


def _category(piece: Piece, entry: EliminatedEntry) -> Iterator[Doubt]:
    known, listed = piece.category, entry.category
    if not known or known == listed or any({known, listed} <= group for group in ALIKE):
        return
    if listed != "电动机" or known not in DRIVEN:
        raise RuledOutError
    yield Doubt("category", f"登记的设备是{known}，目录所列是{listed}，须核对型号是否为配套电机",
                f"registered as {known}, listed as {listed}: check whether the model is its motor's")  # fmt: skip


def _year(piece: Piece, entry: EliminatedEntry) -> Iterator[Doubt]:
    """Hold the years against the rule; what was put in service was made before."""
    year, made, service = entry.year, piece.made_year, piece.service_year
    if year is None or entry.year_rule == "split":
        return
    if entry.year_rule == "in_service":
        if (service or 0) > year or (made or 0) > year:
            raise RuledOutError
        if service is None:
            yield Doubt("service_year", f"投运年份未知（目录限 {year} 年及以前投运的）",
                        f"the year of service is not known (listed: up to {year})")  # fmt: skip
        return
    if (made or 0) > year:
        raise RuledOutError
    if made is None and (service is None or service > year):
        zh = f"生产年份未知（目录限 {year} 年及以前生产的），须看铭牌"
        en = f"the year of manufacture is not known (listed: up to {year}); see the nameplate"
        if service is not None:
            zh, en = f"{service} 年投运，{zh}", f"in service since {service}, {en}"
        yield Doubt("made_year", zh, en)


def _size(written: Written, entry: EliminatedEntry) -> Iterator[Doubt]:
    """Hold a size read off the model (capacity, welding current) against the range of the entry."""
    if not entry.size_unit or entry.size_unit == "kW":
        return
    assert entry.size_from is not None
    assert entry.size_to is not None
    span = f"{entry.size_from}~{entry.size_to} {entry.size_unit}"
    text = written.read("size")
    if not text:
        yield Doubt("size", f"型号中没有规格（目录限 {span}）", f"the model tells no size (listed: {span})")
    elif not entry.size_from <= Decimal(text) <= entry.size_to:
        raise RuledOutError


def _number(written: Written, entry: EliminatedEntry) -> Iterator[Doubt]:
    """Hold a fan's machine number against those listed; a number without its drive letter is not enough."""
    if not entry.numbers:
        return
    text = written.read("number", "number2")
    if text in entry.numbers:
        return
    listed = " ".join(entry.numbers)
    if text and not any(text == one.rstrip("CDF") for one in entry.numbers):
        raise RuledOutError
    yield Doubt("number", f"机号未写全（目录限 {listed}）", f"the machine number is not complete (listed: {listed})")


def _voltage(piece: Piece, written: Written, entry: EliminatedEntry) -> Iterator[Doubt]:
    if entry.voltage_kv is None:
        return
    wanted = float(entry.voltage_kv)
    known = piece.voltage_kv if piece.voltage_kv is not None else _written_voltage(piece, written)
    if known is None:
        yield Doubt("voltage", f"额定电压未知（目录限 {wanted:g} kV）", f"voltage not known (listed: {wanted:g} kV)")
    elif known != wanted:
        raise RuledOutError


def _written_voltage(piece: Piece, written: Written) -> float | None:
    if text := written.read("kv"):
        return float(text)
    found = VOLTAGE.search(plain(piece.model))
    return None if found is None else float(found[1]) if found[2] else float(found[1]) / 1000


def _suffix(written: Written, entry: EliminatedEntry) -> Iterator[Doubt]:
    """Doubt what stands in or behind a listed model and is no rating: ``Y160M-4TH``, ``Y160M-4/2``, ``S9-M-500``."""
    behind = entry.category == "电动机" and not RATINGS.fullmatch(written.rest)
    told = written.suffix or (written.rest if behind else "")
    if told:
        yield Doubt("suffix", f"型号中的“{told}”目录未列，须核对是否派生系列",
                    f'the catalogue does not print "{told}": perhaps a derived series')  # fmt: skip


def _power(piece: Piece, entry: EliminatedEntry) -> Iterator[Doubt]:
    known = piece.rated_power_kw
    if known is None:
        return
    if entry.size_unit == "kW":
        assert entry.size_from is not None
        assert entry.size_to is not None
        low, high = float(entry.size_from), float(entry.size_to)
    elif entry.kw is not None:
        low = high = float(entry.kw)
    else:
        return
    if low * (1 - POWER_TOLERANCE) <= known <= high * (1 + POWER_TOLERANCE):
        return
    span = f"{low:g}" if low == high else f"{low:g}~{high:g}"
    yield Doubt("power", f"登记功率 {known:g} kW 与目录 {span} kW 不符",
                f"rated {known:g} kW, the catalogue lists {span} kW")  # fmt: skip


def _efficiency(piece: Piece, entry: EliminatedEntry) -> Iterator[Doubt]:
    """A motor that is better than the listed nameplate efficiency is perhaps another make of the same model."""
    if entry.efficiency_pct is None:
        return
    listed, known = float(entry.efficiency_pct), piece.efficiency_pct
    if known is None:
        yield Doubt(
            "efficiency", f"铭牌效率未知（目录 {listed:g}%）", f"nameplate efficiency unknown (listed {listed:g}%)"
        )
    elif known > listed:
        yield Doubt("efficiency", f"铭牌效率 {known:g}% 高于目录 {listed:g}%",
                    f"nameplate efficiency {known:g}% is above the listed {listed:g}%")  # fmt: skip
