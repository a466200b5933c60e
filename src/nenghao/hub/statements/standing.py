"""Where an enterprise stands, in a statement's cells: quota verdicts, its intensity target, its self-assessment."""

from __future__ import annotations

from nenghao.accounting.sheet_words import rule_text
from nenghao.hub.production.models import Product
from nenghao.hub.statements.facts import Facts
from nenghao.hub.statements.figures import Figure, Text
from nenghao.hub.statements.judged import GENERAL, Judged, indicator_name
from nenghao.hub.statements.providing import Answer, Asked, provides, rows_of

MEASURED = ("限额判定：各月单耗×产量之和", "quota verdicts: the sums of consumption × output of the months")


@rows_of("unit_consumption")
def _unit_rows(facts: Facts) -> list[str]:
    """Give what is known of each product: all its energy, and every other metric of its standard."""
    found: list[str] = []
    for product in facts.products:
        general = indicator_name(product.name)
        if general in facts.judged or product.pk in facts.product_tce:
            found.append(general)
        found += [
            name for name, one in facts.judged.items()
            if one.verdict.product_id == product.pk and one.verdict.metric_key != GENERAL and one.value is not None
        ]  # fmt: skip
    return found


@provides("unit_consumption")
def _unit_consumption(facts: Facts, asked: Asked) -> Answer:
    """Give a cell of an indicator: by the verdicts where a standard has limits, else by accounts and outputs."""
    one = facts.judged.get(asked.row)
    if one is None:
        return _by_accounts(facts, asked)
    if asked.what == "last_year":
        before = facts.year_before.judged.get(asked.row)
        if before is None or before.verdict.unit != one.verdict.unit or before.value is None:
            return None
        return Figure(before.value, *MEASURED, before.url, before.is_unverified)
    if asked.what == "unit":
        return Text(one.verdict.unit, one.source, one.source, one.url)
    if asked.what in ("numerator", "denominator"):
        value = one.numerator if asked.what == "numerator" else one.denominator
        return None if value is None else Figure(value, *MEASURED, one.url, one.is_unverified)
    return _benchmark(one, asked.what)


def _benchmark(one: Judged, what: str) -> Answer:
    """Give a benchmark: the limit (3 级), the advanced value (1 级), or the benchmark level of the industry."""
    own = one.verdict
    value, zh, en = {
        "limit": (own.limit_3, "3 级（限定值）", "grade 3 (limit)"),
        "advanced": (own.limit_1, "1 级（先进值）", "grade 1 (advanced)"),
        "industry": (own.benchmark, "能效标杆水平", "benchmark level of the industry"),
    }[what]
    # The lists of benchmark levels are secondhand and unverified as a whole; limits are where their table says so.
    is_unverified = what == "industry" or one.has_unverified_limits
    return None if value is None else Figure(value, f"{one.source} {zh}", f"{one.source} {en}", one.url, is_unverified)


def _by_accounts(facts: Facts, asked: Asked) -> Answer:
    product = _named(facts, asked.row)
    if product is None:
        return None
    if asked.what == "unit":
        return Text(f"kgce/{product.unit}", "产品台账", "ledger of products", facts.place_url)
    own = facts.year_before if asked.what == "last_year" else facts
    tce, output = own.product_tce.get(product.pk), own.outputs.get(product.pk)
    kgce = None if tce is None else tce * 1000
    value = {
        "numerator": kgce, "denominator": output,
        "last_year": kgce / output if kgce is not None and output else None,
    }.get(asked.what)  # fmt: skip
    if value is None:
        return None
    doubted = asked.what != "denominator" and own.is_unverified
    return Figure(value, "能耗核算与产品产量", "month accounts and outputs", own.place_url, doubted)


def _named(facts: Facts, indicator: str) -> Product | None:
    return next((one for one in facts.products if indicator_name(one.name) == indicator), None)


@rows_of("standards")
def _standard_rows(facts: Facts) -> list[str]:
    return [name for name, one in facts.judged.items() if one.required is not None]


@provides("standard")
def _standard(facts: Facts, asked: Asked) -> Answer:
    """Give a cell of a standard that binds a product: what it asks for, what was reached, whether that is enough."""
    one = facts.judged.get(asked.row)
    if one is None or one.required is None:
        return None
    own, is_whole = one.verdict, one.value is not None
    text = {
        "standard": own.standard,
        "required": f"≤ {one.required:g} {own.unit}（{own.required_grade} 级）",
        "measured": f"{own.compared_value:.4g} {own.unit}" if is_whole and own.compared_value is not None else "",
        "met": {True: "1", False: "0", None: ""}[own.meets if is_whole else None],
    }[asked.what]
    zh, en = f"限额判定 {one.source} {own.quota_condition}".strip(), f"quota verdict, {one.source}"
    doubted = {"standard": False, "required": one.has_unverified_limits}.get(asked.what, one.is_unverified)
    return Text(text, zh, en, one.url, doubted) if text else None


@provides("target")
def _target(facts: Facts, asked: Asked) -> Answer:
    """Give the energy to be saved and saved under the intensity target; the period is the plan's that sets it."""
    found, year = facts.savings, facts.period.start.year
    if asked.what == "planning_period":
        if found is None:
            note = "表注：从填报年度起三年", "note of the form: three years from the year"
            return Text(f"{year}–{year + 2}", *note)
        plan = found.plan
        return Text(f"{plan.first_year}–{plan.last_year}", f"节能目标：{plan.name}", f"target of the plan {plan.name}",
                    f"/targets/enterprises/{facts.enterprise.code}/")  # fmt: skip
    value = None if found is None else getattr(found, asked.what)
    if found is None or value is None:
        return None
    zh, en = (f"{found.plan.name}：{words}" for words in _SAVED[asked.what])
    return Figure(
        value, f"{zh}（GB/T 13234 产值节能量）", f"{en} (GB/T 13234, by output value)",
        f"/targets/enterprises/{facts.enterprise.code}/", is_unverified=True,
    )  # fmt: skip


_SAVED = {
    "plan_due": ("基期强度×规划期降低率×末年预期产值", "base intensity × the plan's drop × value expected at its end"),
    "year_due": ("上年强度×当年应降低率×当年产值", "last year's intensity × drop due in the year × the year's value"),
    "year_saved": ("（上年强度−当年强度）×当年产值", "(last year's intensity − the year's) × the year's value"),
    "cumulative_due": ("基期强度×累计应降低率×当年产值", "base intensity × drop due by now × the year's value"),
    "cumulative_saved": ("（基期强度−当年强度）×当年产值", "(base intensity − the year's) × the year's value"),
}


@rows_of("self_assessment")
def _assessment_rows(facts: Facts) -> list[str]:
    return list(facts.self_assessment)


@provides("self_assessment")
def _assessment(facts: Facts, asked: Asked) -> Answer:
    """Give a cell of the score sheet as the enterprise filled it in for the year's assessment."""
    one = facts.self_assessment.get(asked.row)
    if one is None:
        return None
    item = one.score.item
    told = one.round_title, f"the year's assessment: {one.round_title}", one.url, item.status == "unverified"
    if asked.what in ("points", "self_score"):
        value = item.points if asked.what == "points" else one.own_score
        return None if value is None else Figure(float(value), *told)
    text = {"rule": rule_text(item, "zh"), "basis": one.basis, "proof": one.evidence}[asked.what]
    return Text(text, *told[:3]) if text else None
