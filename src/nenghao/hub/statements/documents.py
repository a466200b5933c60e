"""From a filing to the document that is checked and printed: with what was filed for the periods before."""

from __future__ import annotations

from django.db.models import QuerySet

from nenghao.hub.accounts.models import Account
from nenghao.hub.accounts.services import visible_enterprises
from nenghao.hub.statements.models import Filing, FilingState
from nenghao.reporting.statements import Document

HANDED_IN = (FilingState.SUBMITTED, FilingState.ACCEPTED)


def visible_filings(account: Account) -> QuerySet[Filing]:
    """Give the filings of the enterprises that the account sees; an authority sees a draft only by its state."""
    return Filing.objects.filter(enterprise__in=visible_enterprises(account)).select_related(
        "enterprise__region", "enterprise__industry"
    )


def doubt_at(filing: Filing, place: str, text: str) -> str:
    """Give the source of a prefilled cell (``section/row/field``) that is unverified (待核); else nothing.

    A figure that was typed over is the enterprise's own: the doubt was about the one before.
    """
    told = filing.origins.get(place, {})
    return str(told.get("zh", "")) if told.get("status") == "unverified" and told.get("value") == text else ""


def doubts_of(filing: Filing, document: Document) -> dict[str, str]:
    """Give the unverified cells of a filing (``section/row/field``) with their sources."""
    found = {}
    for section in filing.form.sections:
        for row in document.rows(section.key):
            for field in section.fields:
                place = f"{section.key}/{row.id}/{field.key}"
                if source := doubt_at(filing, place, row.texts.get(field.key, "")):
                    found[place] = source
    return found


def document_of(filing: Filing) -> Document:
    """Give a filing's document with the ones that stand for the period before and the year before; one query."""
    before, year_before = filing.period.before.start, filing.period.year_before.start
    rows = Filing.objects.filter(
        enterprise=filing.enterprise_id, form_key=filing.form_key, is_current=True, state__in=HANDED_IN,
        period_start__in=[before, year_before],
    )  # fmt: skip
    known = {row.period_start: Document(row.form, row.contents, on=row.period_start) for row in rows}
    return Document(
        filing.form, filing.contents, on=filing.period_start, last=known.get(before), last_year=known.get(year_before)
    )
