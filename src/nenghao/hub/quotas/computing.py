"""Reaching verdicts and keeping them: what comes out different from what is stored is the next version."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import transaction

from nenghao.errors import NenghaoError
from nenghao.findings import Finding, Severity
from nenghao.hub.production.models import Product
from nenghao.hub.production.parameters import STATED
from nenghao.hub.quotas.inputs import Gathered, MonthInput, gather, month_inputs
from nenghao.hub.quotas.models import SpanKind, Verdict
from nenghao.periods import PeriodKind, to_beijing
from nenghao.readings import ReadingStore
from nenghao.reference import library
from nenghao.reference.digests import digest_of
from nenghao.reference.model import QuotaRow
from nenghao.reference.quota_metrics import output_in, quota_metric, quota_unit
from nenghao.supervision import QuotaVerdict, judge, quota_book

RULES = "4"
"""Raised when the same inputs come to other verdicts, so that all are computed again."""
BATCH = 500
VERSION_KEY = ["product", "kind", "month", "metric_key", "version"]
SIGNIFICANT = 12
"""Digits of the stored figures' fingerprint: below them computers may differ."""

ACCOUNT_FACTORS, KGOE_FACTOR = "核算所用折标系数 / factors of the account", "1.4286 kgce/kgoe"
"""Unverified figures (待核) on which a value rests, but not the limit that it is held against."""


def compute(*, store: ReadingStore, enterprise_ids: Sequence[int], year: int, now: datetime) -> int:
    """Compute the verdicts of a year, month by month and cumulative; give how many were new or different.

    A span whose inputs are those that its stored verdicts were reached from is not judged again.
    """
    start, end = date(year, 1, 1), date(year + 1, 1, 1)
    inputs = month_inputs(store=store, enterprise_ids=enterprise_ids, start=start, end=end)
    products = list(Product.objects.filter(enterprise__in=enterprise_ids, active=True).exclude(quota_product=""))
    present = _present(enterprise_ids, year)
    fresh: list[Verdict] = []
    for product in products:
        for kind, months, mark in _spans(product, inputs.get(product.pk, ())):
            span = product.pk, str(kind), months[-1].month
            if all(stored.inputs == mark for stored in present.get(span, {"": _NOTHING}).values()):
                del present[span]
                continue
            fresh += _of_span(product, kind, months, mark, now)
    return _keep(fresh, present, PeriodKind.MONTH.floor(to_beijing(now)).date())


class _Stored(NamedTuple):
    """What must be known of a current verdict to tell whether another takes its place."""

    pk: int
    version: int
    fingerprint: str
    inputs: str


_NOTHING = _Stored(0, 0, "", "")
_Present = dict[tuple[int, str, date], dict[str, _Stored]]
"""Current verdicts by product, kind and month of the span, then by metric."""


def _present(enterprise_ids: Sequence[int], year: int) -> _Present:
    rows = Verdict.objects.filter(enterprise__in=enterprise_ids, month__year=year, is_current=True)
    found: _Present = {}
    for product, kind, month, metric, *rest in rows.order_by().values_list(
        "product_id", "kind", "month", "metric_key", "pk", "version", "fingerprint", "inputs"
    ):  # fmt: skip
        found.setdefault((product, kind, month), {})[metric] = _Stored(*rest)
    return found


def _spans(product: Product, months: Sequence[MonthInput]) -> Iterator[tuple[SpanKind, Sequence[MonthInput], str]]:
    """Yield each month alone and with those before it, with a mark of everything its verdicts rest on."""
    facts = (product.unit, product.quota_product, product.quota_condition, product.is_new_capacity)
    basis = repr((RULES, limits_digest(), facts))
    marks = [_digest(repr(one)) for one in months]
    for place, one in enumerate(months):
        yield SpanKind.MONTH, [one], _digest(basis + marks[place])
        yield SpanKind.CUMULATIVE, months[: place + 1], _digest(basis + "|".join(marks[: place + 1]))


def _digest(words: str) -> str:
    return sha256(words.encode()).hexdigest()


@cache
def limits_digest() -> str:
    """Give a digest of the quota and benchmark tables that this program holds, the same in every process."""
    found = library()
    return digest_of((found.quota_tables, found.benchmark_tables))[:16]


def _of_span(
    product: Product, kind: SpanKind, months: Sequence[MonthInput], mark: str, now: datetime
) -> Iterator[Verdict]:
    """Judge every metric that the standard in force in the span's last month has for the product."""
    on, gathered = months[-1].month, gather(months)
    rows = [entry.row for entry in quota_book().in_force(product.quota_product, on)]
    chosen = [row for row in rows if not product.quota_condition or row.condition == product.quota_condition]
    metrics = dict.fromkeys(row.metric_key for row in chosen or rows) or {"unit_consumption_kgce": None}
    for metric in metrics:
        fitting = [row for row in chosen if row.metric_key == metric]
        row = fitting[0] if len(fitting) == 1 else None
        value, tce, extra = _value(product, row, metric, gathered)
        verdict = judge(
            product=product.quota_product, condition=product.quota_condition, metric=metric,
            value=float("nan") if value is None else value, parameters=gathered.parameters, on=on,
            is_new_capacity=product.is_new_capacity, tables=quota_book(),
        )  # fmt: skip
        row = _row(product, kind, on, gathered, verdict, tce=tce, extra=extra, now=now)
        row.inputs = mark
        yield row


def _value(
    product: Product, row: QuotaRow | None, metric: str, gathered: Gathered
) -> tuple[float | None, float | None, list[Finding]]:
    """Give value [the row's unit], energy behind it [tce], and why there is none."""
    energy = gathered.numerator("all")
    tce = None if energy is None else energy / 1000
    if row is None:
        return None, tce, []
    if not gathered.output:
        return None, tce, [_lacking("output", "没有产量", "there is no output", "填报或上传该月产量",
                                    "file or upload the month's output")]  # fmt: skip
    if quota_metric(metric).basis == "stated":
        stated = gathered.parameters.get(STATED + metric)
        if isinstance(stated, int | float):
            return float(stated), tce, []
        return None, tce, [_lacking("stated", f"{row.metric} 不能由核算得出，须随产量填报",
                                    "the metric cannot be had from the account; it is stated with the output",
                                    "在单月产量页填写", "state it on the month's output page")]  # fmt: skip
    value, problems = _from_account(product, row, metric, gathered)
    return value, tce, problems


def _from_account(
    product: Product, row: QuotaRow, metric: str, gathered: Gathered
) -> tuple[float | None, list[Finding]]:
    """Give the value of a metric that the account gives, or why there is none."""
    numerator = gathered.numerator(quota_metric(metric).basis)
    if numerator is None:
        return None, [_lacking("energy", "该时段能耗缺数", "energy of the span is missing",
                               "补齐数据并核算", "complete the data and the account")]  # fmt: skip
    unit = quota_unit(row.unit)
    try:
        output = output_in(gathered.output or 0.0, product.unit, unit.denominator)
    except NenghaoError as error:
        return None, [Finding("quota-output-unit", Severity.SUSPECT, error.message_zh, error.message_en, {}, "",
                              error.mend_zh, error.mend_en)]  # fmt: skip
    return unit.value(numerator, output), _kgoe(unit.numerator)


def _lacking(what: str, words_zh: str, words_en: str, mend_zh: str, mend_en: str) -> Finding:
    return Finding(f"quota-{what}-missing", Severity.SUSPECT, words_zh, words_en, {}, "", mend_zh, mend_en)


def _kgoe(numerator: str) -> list[Finding]:
    if numerator != "kgoe":
        return []
    return [Finding(
        "quota-kgoe", Severity.SUSPECT, "按 GB/T 2589 折算后以 1.4286 换成千克标准油，未用 GB 30251 附录 A 的系数",
        "coal equivalent by GB/T 2589 brought to kgoe by 1.4286, not by annex A of GB 30251", {}, "GB 30251",
        "按附录 A 复核", "check by annex A",
    )]  # fmt: skip


def _row(
    product: Product, kind: SpanKind, on: date, gathered: Gathered, verdict: QuotaVerdict, *, tce: float | None,
    extra: list[Finding], now: datetime,
) -> Verdict:  # fmt: skip
    unverified = [
        *verdict.unverified,
        *([ACCOUNT_FACTORS] if gathered.is_unverified else []),
    ]
    doubted = bool(unverified) or any(finding.code == "quota-kgoe" for finding in extra)
    if doubted and any(finding.code == "quota-kgoe" for finding in extra):
        unverified.append(KGOE_FACTOR)
    level = verdict.benchmark
    row = Verdict(
        enterprise_id=product.enterprise_id, product_id=product.pk, kind=kind, month=on, metric_key=verdict.metric_key,
        quota_product=product.quota_product, quota_condition=verdict.condition, standard=verdict.citation,
        clause=verdict.clause, metric=verdict.metric or quota_metric(verdict.metric_key).name_zh, unit=verdict.unit,
        value=_finite(verdict.value), compared_value=_finite(verdict.compared_value), output_quantity=gathered.output,
        tce=tce, limit_1=verdict.limits[0], limit_2=verdict.limits[1], limit_3=verdict.limits[2], grade=verdict.grade,
        required_grade=verdict.required_grade, meets=verdict.meets, margin=verdict.margin,
        over_ratio=verdict.over_ratio, benchmark=level.benchmark if level else None,
        baseline=level.baseline if level else None, standing=level.standing if level else "",
        is_unverified=bool(unverified), decides=verdict.decides and not doubted, missing_ratio=gathered.missing_ratio,
        detail=_detail(product, gathered, verdict, extra, unverified), computed_at=now,
    )  # fmt: skip
    row.fingerprint = _fingerprint(row)
    return row


def _detail(
    product: Product, gathered: Gathered, verdict: QuotaVerdict, extra: list[Finding], unverified: list[str]
) -> dict[str, Any]:
    """Give everything else as plain values: a verdict must be readable later without the tables of that day."""
    level = verdict.benchmark
    return {
        "printed": list(verdict.printed), "unverified": unverified, "choices": list(verdict.choices),
        "is_new_capacity": product.is_new_capacity, "product_unit": product.unit,
        "steps": [_plain(asdict(step)) for step in verdict.steps],
        "findings": [_finding(one, doubted=bool(unverified)) for one in (*extra, *verdict.findings)],
        "benchmark": None if level is None else {"citation": level.citation, "note": level.note},
        "parameters": dict(gathered.parameters),
        "months": [
            {"month": f"{one.month:%Y-%m}", "output": one.output, "source": one.output_source,
             "energies": {key: list(pair) for key, pair in sorted(one.energies.items())}}
            for one in gathered.months
        ],
    }  # fmt: skip


def _finding(one: Finding, *, doubted: bool) -> dict[str, Any]:
    """Give a finding as plain values; where the account is in doubt it is a suspicion, never a fault."""
    severity = min(one.severity, Severity.SUSPECT) if doubted else one.severity
    found = asdict(one) | {"severity": severity.name.lower()}
    if doubted and "decides" in one.evidence:
        found["evidence"] = {**one.evidence, "decides": False}
        found["mend_zh"] = "先核对待核的数值和系数，在此之前不得单独作为结论依据"
        found["mend_en"] = "check the unverified figures first; until then never the sole basis of a decision"
    return _plain(found)


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(found, default=str))


def _finite(value: float) -> float | None:
    return value if value == value else None  # noqa: PLR0124 - NaN is unlike itself


def _fingerprint(row: Verdict) -> str:
    """Give a hash of what the verdict says and rests on, without digits that computers differ in."""
    said = {
        field.attname: getattr(row, field.attname) for field in Verdict._meta.concrete_fields
        if field.attname not in {"id", "version", "is_current", "computed_at", "fingerprint", "inputs"}
    }  # fmt: skip
    return sha256(json.dumps(_rounded(said), sort_keys=True, default=str, ensure_ascii=False).encode()).hexdigest()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{SIGNIFICANT}g}")
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value


@transaction.atomic
def _keep(fresh: list[Verdict], present: _Present, running: date) -> int:
    """Write what is new or different; what no longer comes out is no longer current, and stays readable.

    The verdict of a month that is not over yet is overwritten: it was never more than how things stood. From the end of
    the month on every change is the next version.
    """
    changed, rewritten, retired = [], [], []
    for one in fresh:
        before = present.get((one.product_id, str(one.kind), one.month), {}).pop(one.metric_key, None)
        if before is not None and before.fingerprint != one.fingerprint and one.month < running:
            retired.append(before.pk)
            one.version = before.version + 1
        elif before is not None:
            one.version = before.version
            rewritten.append((one, before))
            continue
        changed.append(one)
    retired += [stored.pk for left in present.values() for stored in left.values()]
    for place in range(0, len(retired), BATCH):
        Verdict.objects.filter(pk__in=retired[place : place + BATCH]).update(is_current=False)
    _number(changed)
    Verdict.objects.bulk_create(changed, batch_size=BATCH)
    return len(changed) + _rewrite(rewritten)


def _rewrite(rows: list[tuple[Verdict, _Stored]]) -> int:
    """Put rows in the place of those that stand there; give how many say something else than before."""
    different = [one for one, before in rows if before.fingerprint != one.fingerprint]
    same = [Verdict(pk=before.pk, inputs=one.inputs) for one, before in rows if before.fingerprint == one.fingerprint]
    Verdict.objects.bulk_update(same, ["inputs"], batch_size=BATCH)
    Verdict.objects.bulk_create(
        different, batch_size=BATCH, update_conflicts=True, unique_fields=VERSION_KEY, update_fields=[
            field.name for field in Verdict._meta.concrete_fields if field.name not in {"id", *VERSION_KEY}
        ],
    )  # fmt: skip
    return len(different)


def _number(changed: list[Verdict]) -> None:
    """Continue the numbers of verdicts that once were and were retired."""
    from django.db.models import Max  # noqa: PLC0415

    first = [one for one in changed if one.version == 1]
    known = {
        (product, kind, month, metric): newest
        for product, kind, month, metric, newest in Verdict.objects.filter(
            product__in={one.product_id for one in first}, is_current=False
        ).values_list("product_id", "kind", "month", "metric_key").annotate(newest=Max("version")).order_by()
    } if first else {}  # fmt: skip
    for one in first:
        one.version = known.get((one.product_id, str(one.kind), one.month, one.metric_key), 0) + 1
