"""Statements (报表): forms as files, their printed formulas as checks, Excel in the printed layout, Word and PDF.

Pure: a form, what was typed and what was filed before go in; problems, totals and files come out.

>>> from nenghao.reporting.statements import Document, statement_form
>>> form = statement_form("205-1")
>>> filled = {"energy": [{"#": "1", "energy": "raw_coal", "opening": "10", "purchased": "5", "consumption": "12",
...                       "industrial": "9", "non_industrial": "2", "closing": "3", "factor": "0.7143"}]}
>>> [(p.field, str(p.difference)) for p in Document(form, filled).problems() if p.key == "consumption-parts"]
[('consumption', '1')]
"""

from nenghao.reporting.statements.definitions import Field, Form, Identity, Section, Sheet
from nenghao.reporting.statements.document import Contents, Document, Row
from nenghao.reporting.statements.loading import form_from, statement_form, statement_forms
from nenghao.reporting.statements.problems import Problem

__all__ = [
    "Contents", "Document", "Field", "Form", "Identity", "Problem", "Row", "Section", "Sheet", "form_from",
    "statement_form", "statement_forms",
]  # fmt: skip
