"""What the form of a correction asks for, read from its address or its fields; nothing typed is lost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.http import QueryDict
from django.utils.translation import gettext as _

from nenghao.errors import NenghaoError
from nenghao.hub.corrections.drafts import Draft, Which, draft
from nenghao.hub.corrections.errors import refused
from nenghao.hub.corrections.estimating import Bill
from nenghao.hub.corrections.models import Method
from nenghao.hub.corrections.models.correction import ESTIMATES
from nenghao.hub.corrections.series import KINDS, checked_span
from nenghao.hub.corrections.services import Grounds
from nenghao.hub.monitoring.words import unit_word
from nenghao.hub.registry.models import DataItem
from nenghao.periods import BEIJING
from nenghao.readings import ReadingStore
from nenghao.readings.series import read_series, slot_end

DAY = timedelta(days=1)
EDITABLE_SLOTS = 400
"""Above this many slots the values are those of the method, or the span must be shorter."""
FORMS = ("%Y-%m-%dT%H:%M", "%Y-%m-%d", "%Y-%m")
TYPED = (Method.MANUAL, *ESTIMATES)
"""Methods whose values a person may change before proposing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The fields of the form, as words, and the span they name."""

    item: DataItem
    stat_type: int
    start: datetime
    end: datetime
    method: str
    which: Which
    bill_total: str = ""
    bill_from: str = ""
    bill_to: str = ""
    shown: str = ""
    reason: str = ""
    evidence: str = ""
    document: str = ""
    is_measured: bool = False
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """What the values shown were worked out for; when it changes, what was typed into them no longer fits."""
        return "|".join((self.method, self.which, self.bill_total, self.bill_from, self.bill_to))

    @property
    def bill(self) -> Bill | None:
        """The bill, where its total is given; without dates it is of the month that the span begins in."""
        if self.method != Method.BILL or not self.bill_total.strip():
            return None
        total = number(self.bill_total, "bill_total")
        month = self.start.replace(day=1, hour=0, minute=0)
        start = instant_of(self.bill_from, "bill_from") if self.bill_from else month
        end = instant_of(self.bill_to, "bill_to") if self.bill_to else slot_end(2, month)
        return Bill(total, start, end)

    @property
    def grounds(self) -> Grounds:
        """Reason and evidence."""
        return Grounds(reason=self.reason, evidence=self.evidence, document=self.document, is_measured=self.is_measured)


def number(text: str, where: str) -> float:
    """Read a number as people type it (``1,234.5``); refuse anything else, and what is not finite."""
    try:
        value = float(text.replace(",", "").replace("，", "").strip())
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise refused(
            "number-unreadable", f"不是数值: {text[:20]}", f"not a number: {text[:20]}", field=where,
            mend=("写成 1234.5", "write it as 1234.5"),
        )  # fmt: skip
    return value


def instant_of(text: str, where: str) -> datetime:
    """Read ``2026-11-20T13:00``, ``2026-11-20`` or ``2026-11``."""
    for form in FORMS:
        try:
            return datetime.strptime(text.strip()[:16], form).replace(tzinfo=BEIJING)
        except ValueError:
            continue
    raise refused(
        "time-unreadable", f"时间无法识别: {text[:20]}", f"the time cannot be read: {text[:20]}", field=where,
        mend=("写成 2026-11-20T13:15 或 2026-11-20", "write 2026-11-20T13:15 or 2026-11-20"),
    )  # fmt: skip


def read_asked(query: QueryDict, item: DataItem, now: datetime, store: ReadingStore) -> Asked:
    """Read the form; where no method is given, choose the one that fits what the span holds."""
    stat_type = int(text) if (text := query.get("stat_type", "0")) in ("0", "1", "2") else 0
    start = instant_of(query["from"], "from") if query.get("from") else _yesterday(now)
    end = instant_of(query["to"], "to") if query.get("to") else _one_slot(item, stat_type, start)
    checked_span(item, stat_type, start, end, now)
    method, which = query.get("method", ""), query.get("which", "")
    if method not in Method.values:
        method = _fitting(store, item, stat_type, start, end)
        which = which or ("all" if method == Method.MANUAL else "missing")
    return Asked(
        item=item, stat_type=stat_type, start=start, end=end, method=method,
        which="all" if which == "all" else "missing", bill_total=query.get("bill_total", ""),
        bill_from=query.get("bill_from", ""), bill_to=query.get("bill_to", ""), shown=query.get("shown", ""),
        reason=query.get("reason", ""), evidence=query.get("evidence", ""), document=query.get("document", ""),
        is_measured=query.get("is_measured") == "1",
        typed={name[2:]: text for name, text in query.items() if name.startswith("v-")},
    )  # fmt: skip


def _yesterday(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def _one_slot(item: DataItem, stat_type: int, start: datetime) -> datetime:
    """Give the end of a day of real-time slots, or of one record."""
    return start + timedelta(days=1) if stat_type == 0 else slot_end(stat_type, start, item.realtime_minutes)


def _fitting(store: ReadingStore, item: DataItem, stat_type: int, start: datetime, end: datetime) -> str:
    """Give the first estimate that has a basis where something is missing, else the hand."""
    for method in (Method.WEEKDAY_PROFILE, Method.LINEAR):
        made = draft(store=store, item=item, stat_type=stat_type, start=start, end=end, method=method)
        if made.chosen and made.refused is None:
            return method
    return Method.MANUAL


def words_of(error: NenghaoError, language: str) -> str:
    """Say what is wrong and what mends it; the field is where it stands."""
    said = (error.message_en, error.mend_en) if language == "en" else (error.message_zh, error.mend_zh)
    return ("; " if language == "en" else "；").join(part for part in said if part)


def shown(value: float) -> str:
    """Give a value as its input shows it."""
    return f"{value:.10g}"


def key_of(at: datetime) -> str:
    """Name the input of a slot."""
    return f"{at:%Y%m%d%H%M}"


@dataclass(frozen=True, slots=True)
class Line:
    """One slot on the form: its title, what it held, the text of its input, and what is wrong with it."""

    title: str
    key: str
    before: float | None
    state: int | None
    after: float | None
    text: str
    chosen: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as drawn: the draft, its lines, and why it was refused."""

    asked: Asked
    draft: Draft
    lines: list[Line]
    errors: Mapping[str, str]

    @property
    def may_type(self) -> bool:
        """Whether the values can be changed by hand."""
        return self.asked.method in TYPED and len(self.lines) <= EDITABLE_SLOTS and not self.draft.refused


def work_out(asked: Asked, store: ReadingStore) -> Draft:
    """Work out the draft as the method says, without what was typed."""
    return draft(
        store=store, item=asked.item, stat_type=asked.stat_type, start=asked.start, end=asked.end,
        method=asked.method, which=asked.which, bill=asked.bill,
    )  # fmt: skip


def with_typed(asked: Asked, made: Draft) -> Draft:
    """Put the typed values into the draft; raises the first that cannot be read.

    Of a manual correction only the slots change whose value was given and differs; of an estimate those it is for.
    """
    if asked.method not in TYPED or not asked.typed or asked.shown != asked.signature:
        return made if asked.method != Method.MANUAL else made.typed({})
    values: dict[datetime, float | None] = {}
    for slot in made.slots:
        text = asked.typed.get(key_of(slot.at))
        if text is None or (not text.strip() and asked.method == Method.MANUAL):
            continue
        value = number(text, f"v-{key_of(slot.at)}") if text.strip() else None
        if slot.after is not None and text.strip() == shown(slot.after):
            value = slot.after  # as shown, so with all its digits
        if asked.method != Method.MANUAL or value != slot.before:
            values[slot.at] = value
    return made.typed(values)


def lines_of(asked: Asked, made: Draft, errors: Mapping[str, str]) -> list[Line]:
    """Give the slots as the form shows them; what was typed stays as typed while it still fits."""
    fits = asked.shown == asked.signature
    lines = []
    for slot in made.slots:
        key = key_of(slot.at)
        text = asked.typed.get(key) if fits else None
        if text is None:
            text = "" if slot.after is None or not slot.chosen else shown(slot.after)
        error = errors.get(f"v-{key}", "")
        lines.append(Line(title(slot.at, asked), key, slot.before, slot.state, slot.after, text, slot.chosen, error))
    return lines


def title(at: datetime, asked: Asked) -> str:
    """Name a slot: ``11-16 09:00–09:15``, a day or a month."""
    if asked.stat_type == 0:
        end = slot_end(0, at, asked.item.realtime_minutes)
        return f"{at:%m-%d %H:%M}–{end:%H:%M}" if end.hour or end.minute else f"{at:%m-%d %H:%M}–24:00"
    return f"{at:%Y-%m-%d}" if asked.stat_type == 1 else f"{at:%Y-%m}"


def filled(asked: Asked, store: ReadingStore, language: str, problem: NenghaoError | None = None) -> Filled:
    """Make the form ready to draw."""
    errors = {problem.field or "form": words_of(problem, language)} if problem else {}
    try:
        made = work_out(asked, store)
    except NenghaoError as error:  # a bill that cannot be read: the form is drawn without its values
        errors = {error.field: words_of(error, language)} | errors
        made = work_out(replace(asked, bill_total=""), store)
    return Filled(asked, made, lines_of(asked, made, errors), errors)


def chart_of(form: Filled, words: Mapping[str, str]) -> dict:
    """Give the chart of before and after, for ``static/nenghao/charts.js``."""
    made, asked = form.draft, form.asked
    ends = [slot_end(asked.stat_type, slot.at, asked.item.realtime_minutes) for slot in made.slots]
    return {
        "kind": "window",
        "label": _("补正前后"),
        "unit": unit_word(asked.item.base_unit),
        "color": "#1668b3",
        "starts": [slot.at.isoformat() for slot in made.slots],
        "ends": [end.isoformat() for end in ends],
        "values": [slot.before for slot in made.slots],
        "states": [2 if slot.before is None else slot.state for slot in made.slots],
        "corrected": [],
        "compared": [{"name": _("补正后"), "values": [slot.after if slot.chosen else None for slot in made.slots]}],
        "slot": {1: "day", 2: "month"}.get(asked.stat_type, "hour" if asked.end - asked.start > DAY else ""),
        "clip": None,
        "marked": {
            "flag": "unknown", "name": _("补正时段"), "letter": _("补正时段"),
            "start": asked.start.isoformat(), "end": asked.end.isoformat(),
        },
        "words": dict(words),
    }  # fmt: skip


def day_records_hold(asked: Asked, store: ReadingStore) -> bool:
    """Tell whether days of a real-time span have records of their own, which then decide the day's figure."""
    if asked.stat_type != 0:
        return False
    first = KINDS[1].floor(asked.start)
    found = read_series(store, data_item_ids=[asked.item.pk], stat_type=1, start=first, end=asked.end)
    return bool((found.value == found.value).any())
