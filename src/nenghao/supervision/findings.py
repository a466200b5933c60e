"""The words of quota verdicts: what was found, on what evidence, by which clause, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from nenghao.findings import Finding, Severity
from nenghao.reference.model import QuotaRow
from nenghao.reference.quota_metrics import quota_metric
from nenghao.supervision.book import Entry
from nenghao.supervision.verdict import BenchmarkLevel, Step

if TYPE_CHECKING:
    from nenghao.supervision.corrected import Corrected
    from nenghao.supervision.quota import Question


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Why no row was found, and what there is to choose."""

    finding: Finding
    choices: tuple[str, ...] = ()


def no_product(product: str) -> Unmatched:
    """Say that no standard held has the product, or that none was chosen."""
    if not product:
        return Unmatched(Finding(
            "quota-product-not-chosen", Severity.INFO, "没有选择限额标准中的产品",
            "no product of a quota standard is chosen",
            mend_zh="在产品页选择限额标准的产品和条件", mend_en="choose product and condition of the quota standard",
        ))  # fmt: skip
    return Unmatched(Finding(
        "quota-product-unknown", Severity.SUSPECT, f"已收的限额标准中没有产品「{product}」",
        f"no quota standard held has the product {product!r}", {"product": product},
        mend_zh="重新选择, 名称须与表中一致", mend_en="choose again; the name must be as in the table",
    ))  # fmt: skip


def no_edition(product: str, on: date, rows: Sequence[QuotaRow]) -> Unmatched:
    """Say that no edition held is in force on the day."""
    spans = sorted({f"{row.citation} ({row.valid_from or '…'} – {row.valid_until or '…'})" for row in rows})
    return Unmatched(Finding(
        "quota-no-edition", Severity.SUSPECT, f"{on} 没有已收的现行版本: {'; '.join(spans)}",
        f"no edition held is in force on {on}: {'; '.join(spans)}", {"product": product, "on": on.isoformat()},
        mend_zh="补充该日有效的版本, 不得用其他版本代替", mend_en="add the edition of that day; no other may stand in",
    ), tuple(spans))  # fmt: skip


def no_metric(product: str, metric: str, rows: Sequence[QuotaRow]) -> Unmatched:
    """Say that the standard has no limit for the metric."""
    names = tuple(dict.fromkeys(row.metric for row in rows))
    return Unmatched(Finding(
        "quota-no-metric", Severity.INFO, f"{rows[0].citation} 没有该产品的这一指标, 有: {'、'.join(names)}",
        f"{rows[0].citation} has no such metric for the product; it has {', '.join(names)}",
        {"product": product, "metric": metric},
    ), names)  # fmt: skip


def condition_needed(product: str, condition: str, rows: Sequence[QuotaRow]) -> Unmatched:
    """Say that the condition must be chosen, with the choices."""
    choices = tuple(dict.fromkeys(row.condition or "（无条件）" for row in rows))
    words = f"条件「{condition}」不在表中" if condition else "有几种条件, 须先选定"
    english = f"the condition {condition!r} is not in the table" if condition else "there are several conditions"
    return Unmatched(Finding(
        "quota-condition-needed", Severity.SUSPECT, f"{rows[0].citation} 「{product}」{words}: {'; '.join(choices)}",
        f"{rows[0].citation}, {product}: {english}; choose one of: {'; '.join(choices)}", {"product": product},
        clause=rows[0].citation, mend_zh="在产品页选择条件", mend_en="choose the condition on the product's page",
    ), choices)  # fmt: skip


def of_row(
    question: Question, entry: Entry, done: Corrected, *, grade: str, meets: bool | None,
    over: float | None, decides: bool, required: int, limit: float | None, level: BenchmarkLevel | None,
    unverified: tuple[str, ...], unsure: bool,
) -> Iterator[Finding]:  # fmt: skip
    """Yield what is to be said about a verdict on a row, the gravest first."""
    row = entry.row
    clause = f"{row.citation} {row.clause}"
    if meets is False and limit is not None:
        yield _over(row, done.compared, limit, required=required, over=over, decides=decides)
    for step in done.blocked:
        yield _blocked(step, clause)
    if grade != "cannot_judge" and meets is None:
        yield _unknown_grade(row, clause, required)
    elif unsure:
        yield _unknown_grade(row, clause, 0)
    if question.is_new_capacity and required == 3:
        yield Finding(
            "quota-no-access-grade", Severity.INFO, "该行没有 2 级要求（“—”），按 3 级判定",
            "the row has no grade 2 (“—”); judged by grade 3", clause=clause,
        )  # fmt: skip
    yield from _doubts(done, clause, unverified)
    if level is not None and level.standing == "below_baseline":
        yield Finding(
            "benchmark-below-baseline", Severity.SUSPECT, "未达到能效基准水平（待核）",
            "worse than the baseline level (unverified)",
            {"value": done.compared, "baseline": level.baseline, "benchmark": level.benchmark}, level.citation,
            "列入改造或退出清单前须核对原文", "check the notice before it is listed for renewal or closing",
        )  # fmt: skip


def _over(row: QuotaRow, value: float, limit: float, *, required: int, over: float | None, decides: bool) -> Finding:
    new = required == 2
    what = "新建、改扩建产能未达到准入值（2级）" if new else "超过限定值（3级）"
    english = "new capacity misses the access level (grade 2)" if new else "above the limit (grade 3)"
    return Finding(
        "quota-new-capacity" if new else "quota-over", Severity.FAIL if decides else Severity.SUSPECT,
        f"{row.metric} {value:g} {row.unit} {what} {limit:g} {row.unit}",
        f"{quota_metric(row.metric_key).name_en} {value:g} {row.unit}: {english} {limit:g} {row.unit}",
        {"value": value, "limit": limit, "over_ratio": over, "unit": row.unit, "decides": decides},
        f"{row.citation} {row.clause}",
        "核对数据后列入节能监察; 含待核数值的先核对原文" if not decides else "列入节能监察, 制定改造方案",
        "check the data, then supervise; where a figure is unverified, check the standard first",
    )  # fmt: skip


def _blocked(step: Step, clause: str) -> Finding:
    if step.state == "outside":
        return Finding(
            "quota-parameter-outside", Severity.SUSPECT, f"{step.name_zh}超出修正规则的范围: {step.rule}",
            f"{step.name_en} lies outside the rule: {step.rule}", dict(step.parameters), clause,
            "核对参数; 规则范围以外不得外推", "check the parameter; nothing is extrapolated beyond the rule",
        )  # fmt: skip
    return Finding(
        "quota-parameter-missing", Severity.SUSPECT, f"缺少修正参数: {step.name_zh} ({step.rule})",
        f"a correction's parameter is missing: {step.name_en} ({step.rule})", {"correction": step.key}, clause,
        "随月度产量填写该参数", "file it with the month's output",
    )  # fmt: skip


def _unknown_grade(row: QuotaRow, clause: str, required: int) -> Finding:
    grades = "、".join(str(grade) for grade in row.unknown_grades)
    severity = Severity.SUSPECT if required else Severity.INFO
    return Finding(
        "quota-grade-unknown", severity, f"{grades} 级数值未取得, 不作推断",
        f"grade {grades} was not obtained and is not guessed",
        {"grades": grades}, clause, "补充原文数值", "add the figure from the standard",
    )  # fmt: skip


def _doubts(done: Corrected, clause: str, unverified: tuple[str, ...]) -> Iterator[Finding]:
    """Yield what keeps a verdict from deciding, and the corrections that were not asked for."""
    for step in done.undecided:
        yield Finding(
            "quota-correction-not-held", Severity.SUSPECT, f"标准另有修正未收录: {step.rule}",
            f"the standard has a correction that is not held here: {step.name_en}", {"correction": step.key}, clause,
            "按原文修正后再下结论", "correct by the standard before deciding",
        )  # fmt: skip
    if unverified:
        yield Finding(
            "quota-unverified", Severity.SUSPECT, "所依据的数值待核: " + "; ".join(unverified),
            "rests on unverified figures: " + "; ".join(unverified), {}, clause,
            "核对原文, 在此之前不得单独作为结论依据",
            "check the standard; until then never the sole basis of a decision",
        )  # fmt: skip
    idle = [step for step in done.steps if step.state == "not_given"]
    if idle:
        yield Finding(
            "quota-correction-not-applied", Severity.INFO,
            "未填参数, 以下放宽性修正未采用: " + "、".join(s.name_zh for s in idle),
            "not given, so not applied (they could only relax the limit): " + ", ".join(s.name_en for s in idle), {},
            clause, "适用时随月度产量填写", "file them with the output where they apply",
        )  # fmt: skip
