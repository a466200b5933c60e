"""Accepted statements are read through the API, cell by cell; drafts and other nodes' are not."""

from datetime import datetime

from nenghao.hub.audit.services import Actor
from nenghao.hub.statements import deciding, drafting
from nenghao.periods import BEIJING

from .conftest import rows_of

WHO = {"actor": Actor.command("test"), "now": datetime(2026, 3, 4, 9, tzinfo=BEIJING)}


def accept(filing):
    cells = {"foot:-:filled_by": "王工", "foot:-:filled_on": "2026-03-03", "foot:-:phone": "007"}
    filing, row = drafting.add_row(**WHO, filing_id=filing.pk, section_key="energy")
    coal = {
        "energy": "raw_coal",
        "opening": "1",
        "purchased": "9",
        "consumption": "8",
        "industrial": "8",
        "closing": "2",
    }
    cells |= {f"energy:{row}:{field}": text for field, text in coal.items()}
    drafting.save_cells(**WHO, filing_id=filing.pk, cells=cells)
    deciding.submit(**WHO, filing_id=filing.pk)
    return deciding.accept(**WHO, filing_id=filing.pk)


def test_accepted_statement_is_read_cell_by_cell_and_a_draft_is_not(yantai, jinan, token_of, call, account):
    token = token_of(account("officer", "370000"))
    assert rows_of(call(token, "/statements")) == []
    accept(yantai.filing)
    rows = rows_of(call(token, "/statements", form="205-1", period="2026-02"))
    cells = {(row["section"], row["field"], row["row_key"]): row for row in rows}
    coal = cells["energy", "consumption", "raw_coal"]
    assert (coal["value"], coal["unit"], coal["title"], coal["status"]) == (8.0, "t", "消费量·合计", "secondhand")
    assert coal["enterprise_code"] == yantai.enterprise.code
    assert cells["foot", "phone", None]["text"] == "007"
    assert cells["foot", "phone", None]["value"] is None
    assert rows_of(call(token_of(jinan.officer), "/statements")) == []
    assert rows_of(call(token, "/statements", period="2026Q1")) == []
    assert call(token, "/statements", period="Q1").status_code == 422


def test_pages_hold_every_cell_once(yantai, token_of, call):
    accept(yantai.filing)
    token = token_of(yantai.officer)
    whole = rows_of(call(token, "/statements"))
    answer, found = call(token, "/statements", limit=5).json(), []
    while True:
        found += answer["rows"]
        assert len(answer["rows"]) <= 5
        if not answer["next_cursor"]:
            break
        answer = call(token, "/statements", limit=5, cursor=answer["next_cursor"]).json()
    assert found == whole
