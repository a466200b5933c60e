"""Situation reports: drafted from the figures, edited, issued once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from nenghao.accounting.trace import TotalBasis
from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account
from nenghao.hub.analysis.facts import CALORIFIC, basis_of
from nenghao.hub.analysis.files import excel_file, word_file
from nenghao.hub.analysis.models import FORM, SituationReport
from nenghao.hub.analysis.situation import collect
from nenghao.hub.analysis.texts import generated_texts
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.bulletins.models import DocumentState
from nenghao.hub.bulletins.writing import refuse_incomplete, renewed_texts, typed_texts
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.periods import to_beijing
from nenghao.readings import ReadingStore
from nenghao.reporting.documents import form


def visible_reports(account: Account) -> QuerySet[SituationReport]:
    """Give the reports of the account's region and below; none for an enterprise."""
    if account.region is None:
        return SituationReport.objects.none()
    found = SituationReport.objects.filter(region__path__startswith=account.region.path)
    return found.select_related("region").defer("word_file", "excel_file")


@transaction.atomic
def draft(
    *, actor: Actor, now: datetime, store: ReadingStore, region: Region, month: date, basis: TotalBasis = CALORIFIC
) -> SituationReport:
    """Start a report, or a new edition of an issued one; ``draft-open`` where a draft is there already."""
    if month > to_beijing(now).date():
        raise NenghaoError(
            "month-future", "该月还没有开始", "the month has not begun", record=f"{month:%Y-%m}", field="month",
            mend_zh="选择已开始的月份", mend_en="choose one that has begun",
        )  # fmt: skip
    figures = collect(store=store, region=region, month=month, basis=basis)
    texts = generated_texts(figures)
    edition = SituationReport.objects.filter(region=region, month=month).count() + 1
    try:
        with transaction.atomic():
            made = SituationReport.objects.create(
                region=region, month=month, basis=basis, edition=edition, figures=figures, generated=texts, texts=texts,
                figures_at=now, created_by=actor.name, changed_at=now, changed_by=actor.name,
            )  # fmt: skip
    except IntegrityError as taken:
        raise NenghaoError(
            "draft-open", "该月已有草稿", "there is a draft already", record=f"{month:%Y-%m}", field="month",
            mend_zh="打开原草稿修改", mend_en="open that draft",
        ) from taken  # fmt: skip
    _record(made, "drafted", actor=actor, now=now)
    return made


@transaction.atomic
def renew(*, actor: Actor, now: datetime, store: ReadingStore, report_id: int) -> SituationReport:
    """Take the figures anew; a text that a person changed stays, the others follow the figures."""
    report = _draft(report_id)
    report.figures = collect(
        store=store, region=report.region, month=report.month, basis=basis_of(report.basis)
    )  # fmt: skip
    fresh = generated_texts(report.figures)
    report.texts = renewed_texts(report.texts, report.generated, fresh)
    report.generated, report.figures_at = fresh, now
    _changed(report, "renewed", actor=actor, now=now)
    return report


@transaction.atomic
def edit(*, actor: Actor, now: datetime, report_id: int, texts: Mapping[str, str]) -> SituationReport:
    """Change the texts of a draft; unknown sections are ignored."""
    report = _draft(report_id)
    before = dict(report.texts)
    report.texts = before | typed_texts(form(FORM), texts)
    _changed(report, "edited", actor=actor, now=now, before=before, after=report.texts)
    return report


@transaction.atomic
def issue(*, actor: Actor, now: datetime, report_id: int, number: str, issuer: str) -> SituationReport:
    """Write the files and close the report; it stays as issued. ``document-incomplete`` names what lacks."""
    report = _draft(report_id)
    refuse_incomplete(form(FORM), report.texts, number=number, issuer=issuer)
    report.number, report.issuer = number.strip(), issuer.strip()
    report.state, report.issued_at, report.issued_by = DocumentState.ISSUED, now, actor.name
    synthetic = _is_synthetic(report)
    report.word_file = word_file(report, is_synthetic=synthetic)
    report.excel_file = excel_file(report, is_synthetic=synthetic)
    _changed(report, "issued", actor=actor, now=now, after={"number": report.number})
    return report


def file_of(report: SituationReport, kind: str) -> bytes:
    """Give a file of a report as ``docx`` or ``xlsx``: the one that was issued, or a draft's as it is now."""
    stored = report.word_file if kind == "docx" else report.excel_file
    if report.state == DocumentState.ISSUED and stored is not None:
        return bytes(stored)
    return (word_file if kind == "docx" else excel_file)(report, is_synthetic=_is_synthetic(report))


def _is_synthetic(report: SituationReport) -> bool:
    """Tell whether data of the region are simulated, which the files must say."""
    return Enterprise.objects.filter(region__path__startswith=report.region.path, is_simulated=True).exists()


def _draft(report_id: int) -> SituationReport:
    report = SituationReport.objects.select_for_update(of=("self",)).select_related("region").get(pk=report_id)
    if report.state != DocumentState.DRAFT:
        raise NenghaoError(
            "document-issued", "已印发的文件不能修改", "an issued document stays as it is", record=str(report_id),
            mend_zh="另起一版", mend_en="start a new edition",
        )  # fmt: skip
    return report


def _changed(report: SituationReport, action: str, *, actor: Actor, now: datetime, **states: Any) -> None:
    report.changed_at, report.changed_by = now, actor.name
    report.save()
    _record(report, action, actor=actor, now=now, **states)


def _record(
    report: SituationReport, action: str, *, actor: Actor, now: datetime, before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    record(
        actor=actor, now=now, action=f"situation-{action}", object_type="situation-report",
        object_key=f"{report.region_id} {report.month:%Y-%m} #{report.edition}", region_path=report.region.path,
        before=before, after=after,
    )  # fmt: skip
