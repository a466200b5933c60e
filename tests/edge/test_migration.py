"""A ledger of schema 1, which knew one platform: its state becomes the first destination's, nothing is sent again."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from nenghao.edge.book import OutboxRow
from nenghao.edge.config import load_config
from nenghao.edge.ledger import Ledger
from nenghao.errors import NenghaoError

from .drive import START_MS, Plant, destination

SCHEMA_1 = (Path(__file__).parent / "ledger_schema_1.sql").read_text(encoding="utf-8")
DAY, QUARTERS = START_MS, [START_MS + n * 900_000 for n in range(4)]


@pytest.fixture
def old(tmp_path):
    """A ledger as schema 1 left it: three values acknowledged, one rejected, one pending anew, one item of hours."""
    path = tmp_path / "edge.sqlite3"
    path.touch(mode=0o600)
    db = sqlite3.connect(path)
    db.executescript(SCHEMA_1)
    words = {
        "device_id": "ab" * 16, "client_id": "cd" * 16, "secret_key": "00" * 16, "upload_state": "connected",
        "readings_uploaded": "5", "readings_acknowledged": "4", "config_applied": "x", "reg_version": "1",
        "dic_version": "1",
    }  # fmt: skip
    db.executemany("INSERT INTO meta VALUES (?, ?)", list(words.items()))
    db.execute("INSERT INTO meter VALUES (1, 'E10')")
    db.executemany("INSERT INTO item VALUES (?, ?)", [(1, "00-00-0000-023300-10"), (2, "00-00-0000-023300-11")])
    db.executemany("INSERT INTO item_kind VALUES (?, ?, ?)", [(1, 0, 0), (1, 2, 1), (1, 3, 2), (2, 1, 0)])
    rows = [
        (1, 0, QUARTERS[0], 1.0, 0, 1, 1, 1, ""), (1, 0, QUARTERS[1], 1.0, 0, 2, 1, 2, ""),
        (1, 0, QUARTERS[2], 1.0, 0, 1, 2, 1, "unknown"), (1, 0, QUARTERS[3], 1.0, 1, 3, 0, 2, ""),
        (1, 1, DAY, 96.0, 0, 1, 1, 1, ""), (2, 0, DAY, 4.0, 0, 1, 0, 0, ""),
    ]  # fmt: skip
    db.executemany("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    db.commit()
    db.close()
    return path


def test_the_state_is_kept(old, platform, tmp_path):
    plant = Plant.open(tmp_path, destination(platform))
    book = plant.ledger.book("province")
    assert book.word("client_id") == "cd" * 16
    assert (book.count("readings_uploaded"), book.count("readings_acknowledged")) == (5, 4)
    assert book.pending(10, newest_first=True) == [
        OutboxRow("00-00-0000-023300-10", 0, QUARTERS[3], 1.0, 1, 3, 2, 1, 0)
    ]
    assert book.rejected_count() == 1
    kept = "SELECT kind, start_ms, status, version, reason FROM delivery WHERE item_no = 1 ORDER BY kind, start_ms"
    assert plant.ledger.connection.execute(kept).fetchall() == [
        (0, QUARTERS[0], 1, 1, ""), (0, QUARTERS[1], 1, 2, ""), (0, QUARTERS[2], 2, 1, "unknown"),
        (0, QUARTERS[3], 0, 2, ""), (2, DAY, 1, 1, ""),
    ]  # fmt: skip
    hours = "SELECT kind, value FROM outbox WHERE item_no = 2"
    assert plant.ledger.connection.execute(hours).fetchall() == [(1, 4.0)]
    tables = {name for (name,) in plant.ledger.connection.execute("SELECT name FROM sqlite_master")}
    assert not {"outbox_1", "item_kind_1"} & tables
    plant.ledger.close()
    Plant.open(tmp_path, destination(platform)).ledger.close()  # once is enough


def test_only_the_first_destination_takes_it_over(old, platform, tmp_path):
    plant = Plant.open(tmp_path, destination(platform, "one") + destination(platform, "two"))
    assert plant.ledger.book("one").pending_count() == 1
    assert plant.ledger.book("two").pending_count() == 5
    assert plant.ledger.book("two").word("device_id") == ""


def test_reading_alone_does_not_upgrade(old, platform, tmp_path):
    before = old.read_bytes()
    with pytest.raises(NenghaoError, match="of another edition"):
        Ledger(old, read_only=True)
    assert old.read_bytes() == before


def test_interrupted_it_begins_again(old, platform, tmp_path, monkeypatch):
    from nenghao.edge import schema

    whole = schema.sql("from_version_1_rows")
    real = schema.sql
    broken = whole.replace("DROP TABLE item_kind_1;", "DROP TABLE no_such_table;")
    assert broken != whole
    monkeypatch.setattr(schema, "sql", lambda name: broken if name == "from_version_1_rows" else real(name))
    with pytest.raises(NenghaoError, match="cannot be opened"):
        Ledger(old)
    monkeypatch.undo()
    plant = Plant.open(tmp_path, destination(platform))
    assert plant.ledger.book("province").rejected_count() == 1


def test_a_newer_ledger_is_refused(platform, tmp_path):
    plant = Plant.open(tmp_path, destination(platform))
    plant.ledger.set_words(schema="99")
    plant.ledger.close()
    with pytest.raises(NenghaoError, match="newer edition"):
        Ledger(load_config(tmp_path / "edge.toml").ledger_path)
