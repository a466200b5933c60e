"""Pages that set targets: a new plan, the decomposition of a region's target, the grading rule."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from nenghao.accounting.targets import Part, SumCheck, check_intensity, check_total, share_out
from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.accounts.services import require_region
from nenghao.hub.audit.services import Actor
from nenghao.hub.monitoring import formats
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.registry.models import Region
from nenghao.hub.store import get_store
from nenghao.hub.targets import services
from nenghao.hub.targets.errors import refused
from nenghao.hub.targets.forms import GradingForm, GridRow, PlanForm, parse_error, read_grid, stored_grid
from nenghao.hub.targets.frames import load_frame
from nenghao.hub.targets.grading import choose_rule, editions_over, rule_content, rule_from, rules_for
from nenghao.hub.targets.models import WHOLE_PLAN, Plan, Target, TargetKind
from nenghao.hub.targets.owners import Owner, parts_of, region_owner
from nenghao.hub.targets.progress import whole_sum
from nenghao.reference.grading import GradingRule
from nenghao.reference.library import library


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def new_plan(request: HttpRequest) -> HttpResponse:
    """Make a plan of the own region."""
    account = signed_in(request)
    assert account.region is not None
    year = timezone.localdate().year
    first = {"base_year": year - 1, "first_year": year, "last_year": year + 4}
    form = PlanForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            plan = services.make_plan(
                actor=Actor.of(request), now=timezone.now(), region=account.region, facts=form.cleaned_data
            )
        except NenghaoError as error:
            form.add_error(error.field if error.field in form.fields else None, error.text(page_language()))
        else:
            return redirect("targets-decompose", plan.pk, account.region.code)
    return render(request, "targets/plan.html", {"form": form, "region": account.region})


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def decompose(request: HttpRequest, plan_id: int, code: str) -> HttpResponse:
    """Set the targets of a region's parts, and see whether they come to the region's own."""
    account = signed_in(request)
    place = require_region(account, code)
    plan = services.plans_over(place.path).filter(pk=plan_id).first()
    if plan is None:
        raise Http404("plan")
    members = services.enterprises_in(account, place)
    parts = parts_of(place, members)
    own = region_owner(place, members)
    owners = (own, *parts) if plan.region_id == place.code else parts
    year = _year(request, plan)
    if request.method == "POST":
        return _save(request, plan, place, owners, year)
    rows = stored_grid(owners, list(services.current_targets(plan, [one.key for one in owners])), year)
    if request.GET.get("suggest") == "total":
        rows = _suggested(request, plan, own, rows, year)
    return _grid(request, plan, place, own, rows, year)


def _year(request: HttpRequest, plan: Plan) -> int:
    text = request.POST.get("year") or request.GET.get("year", "")
    year = int(text) if text.isdecimal() and len(text) < 5 else WHOLE_PLAN
    return year if plan.first_year <= year <= plan.last_year else WHOLE_PLAN


def _save(
    request: HttpRequest, plan: Plan, place: Region, owners: tuple[Owner, ...], year: int
) -> HttpResponse:  # fmt: skip
    posted = {name: str(value) for name, value in request.POST.items()}
    facts, rows = read_grid(owners, posted, year=year, document=posted.get("document", "").strip())
    own = region_owner(place, [])
    if any(cell.error for row in rows for cell in row.cells):
        messages.error(request, _("有输入不是数，已标出；没有保存任何目标。"))
        return _grid(request, plan, place, own, rows, year, status=400)
    try:
        changed = services.set_targets(
            actor=Actor.of(request), now=timezone.now(), plan=plan, targets=facts, reason=posted.get("reason", "")
        )
    except NenghaoError as error:
        messages.error(request, parse_error(error, page_language()))
        return _grid(request, plan, place, own, rows, year, status=400)
    messages.success(request, _("已保存 %(count)s 项目标。") % {"count": changed})
    response = redirect("targets-decompose", plan.pk, place.code)
    response["Location"] += f"?year={year}" if year else ""
    return response


def _grid(  # noqa: PLR0917 -- what the page shows
    request: HttpRequest, plan: Plan, place: Region, own: Owner, rows: list[GridRow], year: int, status: int = 200
) -> HttpResponse:  # fmt: skip
    targets = list(services.current_targets(plan, [row.owner.key for row in rows] + [own.key]))
    context: dict[str, Any] = {
        "plan": plan, "region": place, "rows": rows, "own_key": own.key, "year": year,
        "years": [(WHOLE_PLAN, _("整个规划期")), *_years(plan)],
        "checks": _checks(own, rows, targets, year), "typed": request.POST, "whole": WHOLE_PLAN,
    }  # fmt: skip
    return render(request, "targets/decompose.html", context, status=status)


def _years(plan: Plan) -> list[tuple[int, str]]:
    return [(year, str(year)) for year in range(plan.first_year, plan.last_year + 1)]


def _checks(own: Owner, rows: list[GridRow], targets: list[Target], year: int) -> list[tuple[str, SumCheck, str, str]]:
    """Hold the stored targets of the parts against the region's own; with both figures in words."""
    known = {(row.owner_key, row.kind): row for row in targets if row.year == year}
    intensity, total = (known.get((own.key, kind)) for kind in (TargetKind.INTENSITY, TargetKind.TOTAL))
    parts = [_part(row.owner, known) for row in rows if row.owner.key != own.key]
    found = []
    if total is not None and total.cap_tce and parts:
        caps = check_total(total.cap_tce, parts)
        found.append((str(TargetKind.TOTAL.label), caps, _in_tce(caps.parent), _in_tce(caps.implied)))
    if intensity is not None and intensity.drop_ratio is not None and parts:
        drops = check_intensity(intensity.drop_ratio, parts)
        found.append((str(TargetKind.INTENSITY.label), drops, _in_percent(drops.parent), _in_percent(drops.implied)))
    return found


def _in_tce(value: float | None) -> str:
    return formats.NOTHING if value is None else f"{formats.tce(value)} tce"


def _in_percent(ratio: float | None) -> str:
    return formats.NOTHING if ratio is None else f"{formats.number(ratio * 100, 2)}%"


def _part(owner: Owner, known: dict[tuple[str, str], Target]) -> Part:
    intensity, total = (known.get((owner.key, kind)) for kind in (TargetKind.INTENSITY, TargetKind.TOTAL))
    base = intensity or total
    return Part(
        owner.name, cap_tce=total.cap_tce if total else None, drop_ratio=intensity.drop_ratio if intensity else None,
        base_tce=base.base_tce if base else None, base_value=base.base_value_yuan if base else None,
        planned_value=base.planned_value_yuan if base else None,
    )  # fmt: skip


def _suggested(
    request: HttpRequest, plan: Plan, own: Owner, rows: list[GridRow], year: int
) -> list[GridRow]:  # fmt: skip
    """Fill the caps by what the parts used in the base year, in proportion to the region's cap; nothing is saved."""
    target = services.current_targets(plan, [own.key]).filter(kind=TargetKind.TOTAL, year=year).first()
    frame = load_frame(store=get_store(), plan=plan, enterprise_ids=own.members, until=date(plan.base_year + 1, 1, 1))
    used = {
        row.owner.key: whole_sum(frame.tce[frame.rows(row.owner.members)][:, frame.months(plan.base_year)]) or 0.0
        for row in rows
        if row.owner.key != own.key
    }
    try:
        if target is None or not target.cap_tce:
            raise refused("target-missing", "先保存本地区的总量上限", "save the region's own cap first")
        shares = share_out(target.cap_tce, used)
    except NenghaoError as error:
        messages.error(request, error.text(page_language()))
        return rows
    messages.info(request, _("已按基期用能比例填入总量上限，确认后保存。"))
    return [_with_cap(row, shares.get(row.owner.key)) for row in rows]


def _with_cap(row: GridRow, cap_tce: float | None) -> GridRow:
    if cap_tce is None:
        return row
    cells = tuple(
        type(cell)(cell.name, cell.label, f"{cap_tce:.2f}") if cell.name.endswith("/cap_tce") else cell
        for cell in row.cells
    )
    return GridRow(row.owner, cells)


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def grading(request: HttpRequest, code: str) -> HttpResponse:
    """Show and choose the rule by which a region's months are graded."""
    place = require_region(signed_in(request), code)
    today = timezone.localdate()
    language = page_language()
    known = [(rule.key, rule.title(language)) for rule in library().grading_rules.values()]
    form = GradingForm(
        request.POST or None, rules=known, initial={"from_month": f"{today:%Y-%m}", "rise_is_worst": True}
    )
    if request.method == "POST" and form.is_valid() and _choose(request, place, form):
        return redirect("targets-grading", place.code)
    applied, editions = rules_for([place.path], today)[place.path], editions_over([place.path], today)
    context = {
        "form": form, "region": place,
        "applied": [(kind.label, rule, rule.title(language)) for kind, rule in applied.items()],
        "history": [(one, TargetKind(one.kind).label, rule_from(one.rule)) for one in reversed(editions)],
        "shipped": [(rule, rule.title(language)) for rule in library().grading_rules.values()],
    }  # fmt: skip
    return render(request, "targets/grading.html", context)


def _choose(request: HttpRequest, place: Region, form: GradingForm) -> bool:
    said = form.cleaned_data
    kind = TargetKind(said["kind"])
    try:
        rule = _with_bounds(library().grading_rules[said["rule"]], said["bounds"], rise_is_worst=said["rise_is_worst"])
        choose_rule(
            actor=Actor.of(request), now=timezone.now(), region=place, kind=kind, from_month=said["from_month"],
            rule=rule, reason=said["reason"],
        )  # fmt: skip
    except NenghaoError as error:
        form.add_error(error.field if error.field in form.fields else None, error.text(page_language()))
        return False
    messages.success(request, _("已设定分级规则。"))
    return True


def _with_bounds(rule: GradingRule, bounds: list[float], *, rise_is_worst: bool) -> GradingRule:
    """Give a shipped rule with other bounds, from the mildest level to the worst."""
    content: dict[str, Any] = rule_content(rule) | {"rise_is_worst": rise_is_worst}
    if bounds:
        if len(bounds) != len(rule.levels) - 1:
            raise refused("grading-bounds", f"该规则有 {len(rule.levels)} 级，须填 {len(rule.levels) - 1} 个界限",
                          f"the rule has {len(rule.levels)} levels and takes {len(rule.levels) - 1} bounds",
                          field="bounds")  # fmt: skip
        falls = rule.levels[0].lower is not None
        levels: list[dict[str, Any]] = [msgspec.to_builtins(level) for level in rule.levels]
        for place, bound in enumerate(bounds):
            mild, worse = ("lower", "upper") if falls else ("upper", "lower")
            levels[place][mild] = levels[place + 1][worse] = bound
        content |= {"levels": levels, "source": _("由主管部门设定"), "status": rule.status}
    return rule_from(content)
