"""Reaching verdicts and keeping them: what comes out different from what is stored is the next version."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from nenghao.errors import NenghaoError
from nenghao.findings import Finding, Severity
from nenghao.hub.production.models import Product
from nenghao.hub.production.parameters import STATED
from nenghao.hub.quotas.inputs import Gathered, MonthInput, gather, month_inputs
from nenghao.hub.quotas.models import SpanKind, Verdict
from nenghao.readings import ReadingStore
from nenghao.reference.model import QuotaRow
from nenghao.reference.quota_metrics import output_in, quota_metric, quota_unit
from nenghao.supervision import QuotaVerdict, judge, quota_book

BATCH = 500
SIGNIFICANT = 12
"""Digits of the stored figures' fingerprint: below them computers may differ."""


def compute(*, store: ReadingStore, enterprise_ids: Sequence[int], year: int, now: datetime) -> int:
    """Compute the verdicts of a year, month by month and cumulative; give how many were new or different."""
    start, end = date(year, 1, 1), date(year + 1, 1, 1)
    inputs = month_inputs(store=store, enterprise_ids=enterprise_ids, start=start, end=end)
    products = list(Product.objects.filter(enterprise__in=enterprise_ids, active=True).exclude(quota_product=""))
    fresh = [one for product in products for one in _of_product(product, inputs.get(product.pk, ()), now)]
    return _keep(fresh, enterprise_ids, year)


def _of_product(product: Product, months: Sequence[MonthInput], now: datetime) -> Iterator[Verdict]:
    for place, last in enumerate(months):
        yield from _of_span(product, SpanKind.MONTH, [last], now)
        yield from _of_span(product, SpanKind.CUMULATIVE, months[: place + 1], now)


def _of_span(product: Product, kind: SpanKind, months: Sequence[MonthInput], now: datetime) -> Iterator[Verdict]:
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
        yield _row(product, kind, on, gathered, verdict, tce=tce, extra=extra, now=now)


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
        *(["核算所用折标系数 / factors of the account"] if gathered.is_unverified else []),
    ]
    doubted = bool(unverified) or any(finding.code == "quota-kgoe" for finding in extra)
    if doubted and any(finding.code == "quota-kgoe" for finding in extra):
        unverified.append("1.4286 kgce/kgoe")
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
        if field.attname not in {"id", "version", "is_current", "computed_at", "fingerprint"}
    }  # fmt: skip
    return sha256(json.dumps(_rounded(said), sort_keys=True, default=str, ensure_ascii=False).encode()).hexdigest()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{SIGNIFICANT}g}")
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value


@transaction.atomic
def _keep(fresh: list[Verdict], enterprise_ids: Iterable[int], year: int) -> int:
    """Write what is new or different; what no longer comes out is no longer current, and stays readable."""
    rows = Verdict.objects.filter(enterprise__in=list(enterprise_ids), month__year=year, is_current=True)
    present = {
        (product, kind, month, metric): (pk, version, fingerprint)
        for pk, product, kind, month, metric, version, fingerprint in rows.values_list(
            "pk", "product_id", "kind", "month", "metric_key", "version", "fingerprint"
        )
    }
    changed, retired = [], []
    for one in fresh:
        key = (one.product_id, str(one.kind), one.month, one.metric_key)
        before = present.pop(key, None)
        if before is not None and before[2] == one.fingerprint:
            continue
        if before is not None:
            retired.append(before[0])
            one.version = before[1] + 1
        changed.append(one)
    retired += [pk for pk, _version, _fingerprint in present.values()]
    for place in range(0, len(retired), BATCH):
        Verdict.objects.filter(pk__in=retired[place : place + BATCH]).update(is_current=False)
    _number(changed)
    Verdict.objects.bulk_create(changed, batch_size=BATCH)
    return len(changed)


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
