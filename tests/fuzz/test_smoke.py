"""A few examples of every kind of target, so that the fuzzer itself cannot rot."""

from .run import run, show
from .wire_a import Ledger

CODE = "00-00-0000-023300-10"


def test_a_few_examples_of_calls_and_pages(tmp_path):
    report = run(tmp_path, examples=3, page_examples=1, every=9)
    show(report)
    assert report["wrong"] == []
    assert [one["target"] for one in report["targets"] if one["wrong"]] == []
    assert all(one["examples"] for one in report["targets"])
    kinds = {one["target"].split()[0] for one in report["targets"]}
    assert {"A", "API", "page"} <= kinds


def ledger(*rows, rejected=()):
    made = Ledger({CODE: 7})
    made.note(list(rows), {"responseCode": "0", "accepted": len(rows), "rejected": [{"index": i} for i in rejected]})
    return made


def row(value, start="2026-01-05 00:15:00", **more):
    return {"dataCode": CODE, "dataValue": value, "statType": "0", "statDate": start, "valid": "1"} | more


def test_the_ledger_knows_the_newest_acknowledged_value_of_each_key():
    made = ledger(row("1"), row("2", "2026-01-05 00:30:00"), row("3"), row("9", "2026-01-05 00:45:00"), rejected=(0, 3))
    first, second = (7, 0, "2026-01-05 00:15:00"), (7, 0, "2026-01-05 00:30:00")
    assert made.newest == {first: 3.0, second: 2.0}
    assert made.compare({first: 3.0, second: 2.0}) == []
    assert len(made.compare({first: 3.0})) == 1  # one is lost
    assert len(made.compare({first: 1.0, second: 2.0})) == 1  # an older one came back


def test_the_ledger_leaves_out_what_the_platform_may_read_differently():
    odd, key = ledger(row("1"), row("1e3")), (7, 0, "2026-01-05 00:15:00")
    assert odd.compare({key: 1000.0}) == []
    assert len(odd.compare({})) == 1  # but something must be there
    near = ledger(row("1"), row("2", "2026-01-05 00:15:03"))
    assert near.compare({key: 2.0}) == []
