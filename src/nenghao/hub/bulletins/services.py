"""Quarterly documents: drafted from the data, edited, issued once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.bulletins.figures import collect
from nenghao.hub.bulletins.files import excel_file, word_file
from nenghao.hub.bulletins.models import DocumentKind, DocumentState, QuarterlyDocument
from nenghao.hub.bulletins.quarters import Quarter
from nenghao.hub.bulletins.texts import generated_texts
from nenghao.hub.bulletins.writing import refuse_incomplete, renewed_texts, typed_texts
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.periods import to_beijing
from nenghao.readings import ReadingStore
from nenghao.reporting.documents import form

WITHOUT_FILES = ("word_file", "excel_file")


def visible_documents(account: Account) -> QuerySet[QuarterlyDocument]:
    """Give the documents of the account's region and below; none for an enterprise."""
    if account.region is None:
        return QuarterlyDocument.objects.none()
    found = QuarterlyDocument.objects.filter(region__path__startswith=account.region.path)
    return found.select_related("region").defer(*WITHOUT_FILES)


@transaction.atomic
def draft(
    *, actor: Actor, now: datetime, store: ReadingStore, region: Region, kind: str, quarter: Quarter
) -> QuarterlyDocument:
    """Start a document, or a new edition of an issued one; ``draft-open`` where a draft is there already."""
    if kind not in DocumentKind.values:
        raise NenghaoError("document-kind", "没有这种文件", "there is no such document", record=kind, field="kind")
    if quarter.start > to_beijing(now).date():
        raise NenghaoError(
            "quarter-future", "该季度还没有开始", "the quarter has not begun", record=quarter.text, field="quarter",
            mend_zh="选择已开始的季度", mend_en="choose one that has begun",
        )  # fmt: skip
    earlier = QuarterlyDocument.objects.filter(region=region, kind=kind, quarter_start=quarter.start)
    figures = collect(store=store, region=region, quarter=quarter, today=to_beijing(now).date())
    texts = generated_texts(kind, figures)
    try:
        with transaction.atomic():
            made = QuarterlyDocument.objects.create(
                region=region, kind=kind, quarter_start=quarter.start, edition=earlier.count() + 1, figures=figures,
                generated=texts, texts=texts, figures_at=now, created_by=actor.name, changed_at=now,
                changed_by=actor.name,
            )  # fmt: skip
    except IntegrityError as taken:
        raise NenghaoError(
            "draft-open", "该季度已有草稿", "there is a draft already", record=quarter.text, field="quarter",
            mend_zh="打开原草稿修改", mend_en="open that draft",
        ) from taken  # fmt: skip
    _record(made, "drafted", actor=actor, now=now)
    return made


@transaction.atomic
def renew(*, actor: Actor, now: datetime, store: ReadingStore, document_id: int) -> QuarterlyDocument:
    """Take the figures anew; a text that a person changed stays, the others follow the figures."""
    document = _draft(document_id)
    figures = collect(
        store=store, region=document.region, quarter=document.quarter, today=to_beijing(now).date()
    )  # fmt: skip
    fresh, old = generated_texts(document.kind, figures), document.generated
    document.texts = renewed_texts(document.texts, old, fresh)
    document.figures, document.generated, document.figures_at = figures, fresh, now
    _changed(document, "renewed", actor=actor, now=now)
    return document


@transaction.atomic
def edit(*, actor: Actor, now: datetime, document_id: int, texts: Mapping[str, str]) -> QuarterlyDocument:
    """Change the texts of a draft; unknown sections are ignored."""
    document = _draft(document_id)
    before = dict(document.texts)
    document.texts = before | typed_texts(form(DocumentKind(document.kind).form_name), texts)
    _changed(document, "edited", actor=actor, now=now, before=before, after=document.texts)
    return document


@transaction.atomic
def issue(*, actor: Actor, now: datetime, document_id: int, number: str, issuer: str) -> QuarterlyDocument:
    """Write the files and close the document; it stays as issued. ``document-incomplete`` names what lacks."""
    document = _draft(document_id)
    about = form(DocumentKind(document.kind).form_name)
    refuse_incomplete(about, document.texts, number=number, issuer=issuer)
    document.number, document.issuer = number.strip(), issuer.strip()
    document.state, document.issued_at, document.issued_by = DocumentState.ISSUED, now, actor.name
    synthetic = _is_synthetic(document)
    document.word_file = word_file(document, is_synthetic=synthetic)
    document.excel_file = excel_file(document, is_synthetic=synthetic)
    _changed(document, "issued", actor=actor, now=now, after={"number": document.number})
    return document


def file_of(document: QuarterlyDocument, kind: str) -> bytes:
    """Give a file of a document as ``docx`` or ``xlsx``: the one that was issued, or a draft's as it is now."""
    stored = document.word_file if kind == "docx" else document.excel_file
    if document.state == DocumentState.ISSUED and stored is not None:
        return bytes(stored)
    return (word_file if kind == "docx" else excel_file)(document, is_synthetic=_is_synthetic(document))


def _is_synthetic(document: QuarterlyDocument) -> bool:
    """Tell whether data of the document's region are simulated, which its files must say."""
    return Enterprise.objects.filter(region__path__startswith=document.region.path, is_simulated=True).exists()


def _draft(document_id: int) -> QuarterlyDocument:
    document = QuarterlyDocument.objects.select_for_update(of=("self",)).select_related("region").get(pk=document_id)
    if document.state != DocumentState.DRAFT:
        raise NenghaoError(
            "document-issued", "已印发的文件不能修改", "an issued document stays as it is", record=str(document_id),
            mend_zh="另起一版", mend_en="start a new edition",
        )  # fmt: skip
    return document


def _changed(
    document: QuarterlyDocument, action: str, *, actor: Actor, now: datetime, before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    document.changed_at, document.changed_by = now, actor.name
    document.save()
    _record(document, action, actor=actor, now=now, before=before, after=after)


def _record(
    document: QuarterlyDocument, action: str, *, actor: Actor, now: datetime, before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    record(
        actor=actor, now=now, action=f"quarterly-{action}", object_type="quarterly-document",
        object_key=f"{document.region_id} {document.kind} {document.quarter.text} #{document.edition}",
        region_path=document.region.path, before=before, after=after,
    )  # fmt: skip
