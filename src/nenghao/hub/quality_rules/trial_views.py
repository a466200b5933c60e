"""The pages of trial runs: start one, read its result, export it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.audit.services import Actor
from nenghao.hub.listing import wants_workbook, workbook
from nenghao.hub.monitoring.pages import last_data_day
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.quality_rules import looking, words
from nenghao.hub.quality_rules.models import Edition, Trial
from nenghao.hub.quality_rules.trial import affected_enterprises, default_span, run_trial
from nenghao.hub.quality_rules.views import MAY_READ, day_of
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.store import get_store
from nenghao.quality.rules import default_rules
from nenghao.reporting import Column

SHOWN = 100
"""Enterprises on the page; the export holds them all."""


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, edition_id: int) -> HttpResponse:
    """Ask for the days of a trial run, or run it and show what it found."""
    edition = looking.require_own_edition(signed_in(request), edition_id)
    typed, refused = _span(request, edition), None
    if request.method == "POST":
        try:
            ran = _run(request, edition, typed)
        except NenghaoError as error:
            refused = error
        else:
            return redirect("quality-rules-trial", edition.pk, ran.pk)
    context = {
        "edition": edition, "key_name": looking.key_name(edition.key), "typed": typed, "trials": edition.trials.all(),
        "affected": len(affected_enterprises(edition, timezone.localdate())),
        "error": refused.text(page_language()) if refused else "", "field": refused.field if refused else "",
    }  # fmt: skip
    return render(request, "quality_rules/trial_start.html", context)


def _span(request: HttpRequest, edition: Edition) -> dict[str, str]:
    """Give the days that were typed, or the last seven with data; the end as people write it, inclusive."""
    if request.method == "POST":
        return {name: request.POST.get(name, "") for name in ("start", "end")}
    now = timezone.localtime()
    ids = [row.pk for row in affected_enterprises(edition, now.date())]
    first, after = default_span(last_data_day(get_store(), ids, now), now.date())
    return {"start": first.isoformat(), "end": (after - timedelta(days=1)).isoformat()}


def _run(request: HttpRequest, edition: Edition, typed: Mapping[str, str]) -> Trial:
    first, last = (day_of(typed[name], name) for name in ("start", "end"))
    if first is None or last is None:
        raise NenghaoError(
            "day-missing", "请填写起止日期", "both days are needed", field="start" if first is None else "end",
            mend_zh="写成 2026-01-01", mend_en="write them as 2026-01-01",
        )  # fmt: skip
    return run_trial(
        actor=Actor.of(request), now=timezone.localtime(), store=get_store(), edition=edition, start=first,
        end=last + timedelta(days=1),
    )  # fmt: skip


@roles(*MAY_READ)
def trial(request: HttpRequest, edition_id: int, trial_id: int) -> HttpResponseBase:
    """Show what a trial run found, or export it."""
    edition = looking.require_edition(signed_in(request), edition_id)
    found = edition.trials.filter(pk=trial_id).first()
    if found is None or not looking.is_own(signed_in(request), edition):
        raise Http404("trial")
    flags, scores = _flag_rows(found), _score_rows(found)
    if wants_workbook(request):
        return _workbook(request, edition, found, flags, scores)
    context = {
        "edition": edition, "trial": found, "key_name": looking.key_name(edition.key), "flags": flags,
        "scores": scores[:SHOWN], "more": max(len(scores) - SHOWN, 0), "last": found.end - timedelta(days=1),
        "scheme_name": looking.key_name(found.result["scheme"]), "changed": len(scores),
        "is_stale": found.content != edition.content, "is_points": found.result["mean_before"] is not None,
        "worse": sum(1 for row in scores if row["change"] < 0), "better": sum(1 for row in scores if row["change"] > 0),
    }  # fmt: skip
    return render(request, "quality_rules/trial.html", context)


def _flag_rows(found: Trial) -> list[dict[str, Any]]:
    checks, name = default_rules().checks, f"name_{page_language()}"
    return [
        row | {
            "name": getattr(checks[row["check_code"]], name) if row["check_code"] in checks else row["check_code"],
            "flag_word": words.flag_word(row["flag"]),
        }
        for row in found.result["flags"]
    ]  # fmt: skip


def _score_rows(found: Trial) -> list[dict[str, Any]]:
    """Give the enterprises that differ, with their names: one query."""
    rows = found.result["scores"]
    known = Enterprise.objects.select_related("region").in_bulk([row["enterprise_id"] for row in rows])
    return [
        row | {
            "enterprise": known[row["enterprise_id"]], "change": (row["after"] or 0) - (row["before"] or 0),
            "verdict_before": words.verdict_word(row["verdict_before"]),
            "verdict_after": words.verdict_word(row["verdict_after"]),
        }
        for row in rows if row["enterprise_id"] in known
    ]  # fmt: skip


def _workbook(
    request: HttpRequest, edition: Edition, found: Trial, flags: list[dict[str, Any]], scores: list[dict[str, Any]]
) -> HttpResponseBase:
    """Export one of the two tables: ``table=checks``, else the enterprises."""
    last = found.end - timedelta(days=1)
    notes = [
        (_("版本"), f"{edition.title} {edition.label}"), (_("起止"), f"{found.start} – {last}"),
        (_("企业"), _("共 %(all)d 家，试运行 %(some)d 家") % {"all": found.affected, "some": found.looked_at}),
        (_("评分方案"), looking.key_name(found.result["scheme"])),
        (_("试运行时间"), f"{timezone.localtime(found.ran_at):%Y-%m-%d %H:%M}"),
    ]  # fmt: skip
    if request.GET.get("table") == "checks":
        counts = (_("现行"), _("草稿"), _("新增"), _("减少"))
        columns = [Column(_("检查")), Column(_("标识")), *(Column(title, "integer") for title in counts)]
        rows = [[r["name"], r["flag_word"], r["before"], r["after"], r["gained"], r["lost"]] for r in flags]
    else:
        columns = [
            Column(_("统一社会信用代码")), Column(_("用能单位")), Column(_("地区")), Column(_("现行得分"), "number"),
            Column(_("草稿得分"), "number"), Column(_("变化"), "number"), Column(_("现行判定")), Column(_("草稿判定")),
        ]  # fmt: skip
        rows = [
            [r["enterprise"].code, r["enterprise"].name, r["enterprise"].region.name, r["before"], r["after"],
             r["change"], r["verdict_before"], r["verdict_after"]]
            for r in scores
        ]  # fmt: skip
    title = f"{edition.title} {_('试运行')}"
    return workbook(title=title, columns=columns, rows=rows, notes=notes, now=timezone.now())
