"""A few examples of every kind of target, and that the books find what they are for: the fuzzer itself must not rot."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import strategies as st

from nenghao.hub.registry.models import Meter
from nenghao.hub.store import get_store

from .books import Kept, Ledger
from .caller import Caller
from .driver import Outcome, Target, run_target
from .pages import Pages
from .run import COLUMNS, Asked, Worker, joined
from .world import SECRET_WORD

CODE = "00-00-0000-023300-10"
KINDS = [
    ("A ", 2, 3), ("B dataEnterpriseEnergy", 1, 8), ("B requestAK", 1, 4), ("B ", 16, 2), ("API ", 6, 2),
    ("page ", 60, 1),
]  # fmt: skip
"""What a target's name begins with, every how many of these, examples."""


def test_a_few_examples_of_calls_and_pages(engine):
    for start, every, examples in KINDS:
        names = [name for name in engine.targets if name.startswith(start)][::every]
        assert names
        for name in names:
            outcome = engine.run(name, examples, 1)
            assert outcome.shown == [], name
            assert (outcome.examples, outcome.faults) == (examples, 0), name
            assert outcome.taken + outcome.refused >= examples
            assert outcome.present == outcome.acknowledged
    assert engine.uploads.total


def test_every_call_of_a_machine_reaches_its_depth(engine):
    """Valid senders with valid messages are taken: else only refusals would be fuzzed."""
    for name in ("A uploadEnergyData sealed", "A uploadEnergyData signed", "B dataEnterpriseEnergy", "A uploadDigest"):
        outcome = engine.run(name, 16, 3)
        assert outcome.taken >= 6, (name, outcome.answers)
        assert outcome.acknowledged == outcome.present > 0, name


def test_a_lost_record_is_found(engine):
    outcome, uploads = Outcome("lost"), engine.uploads
    uploads.start()
    uploads.note({"responseCode": "0", "accepted": 2, "batch": get_store().last_batch_id + 1})
    assert len(uploads.check(outcome)) == 2  # the batch is not there, and so its records are not
    meters = Kept("registry.Meter", "manage_code")
    meters.note("nobody's")
    assert len(meters.check(outcome)) == 1
    assert (outcome.acknowledged, outcome.present) == (3, 0)


def test_a_foreign_word_in_an_answer_is_found(engine):
    def leaking(_environ, start):
        start("200 OK", [])
        return [SECRET_WORD.encode()]

    caller, outcome = Caller(leaking, engine.caller.world), Outcome("leak")
    target = Target("leak", st.just(1), lambda o, _n: caller.send(o, "GET", "/", hidden=(SECRET_WORD.encode(),)))
    run_target(target, outcome, examples=9, number=1, pool=None, always=list, request=caller.last)
    assert (outcome.examples, outcome.faults) == (9, 9)
    (shown,) = outcome.shown  # nine times the same
    assert (shown["what"][:23], shown["request"]["method"]) == ("AssertionError: foreign", "GET")
    assert caller.send(outcome, "GET", f"/?q={SECRET_WORD}", hidden=(SECRET_WORD.encode(),))  # what was sent may come


def test_a_change_of_the_other_province_is_found(engine):
    assert not engine.changed()
    Meter.objects.filter(enterprise__name__contains=SECRET_WORD).update(name="x")
    assert engine.changed() == ["foreign meters changed"]
    assert engine.changed() == []


def test_no_page_breaks_on_a_number_that_no_key_can_be(engine):
    pages, outcome = Pages(engine.caller), Outcome("long")
    routes = [route for route in engine.caller.world["pages"] if "<int:" in route]
    for route in routes:
        path = "/" + re.sub(r"<\w+:\w+>", "x", re.sub(r"<int:\w+>", str(2**63), route))
        for method in ("GET", "POST"):
            engine.caller.send(outcome, method, path, headers=pages.headers)  # raises for a 5xx
    assert len(routes) > 20


def test_faults_do_not_end_a_run_and_every_example_is_sent():
    outcome, sent = Outcome("odd"), []

    def send(_outcome, value):
        sent.append(value)
        assert value % 2 == 0, value

    with ThreadPoolExecutor(4) as pool:
        run_target(
            Target("odd", st.integers(0, 10**6), send, threads=16), outcome, examples=300, number=1, pool=pool,
            always=list, request=dict,
        )  # fmt: skip
    assert (outcome.examples, len(sent)) == (300, 300)
    assert outcome.faults == sum(value % 2 for value in sent) > 50
    assert len(outcome.shown) == 5
    assert len(set(sent)) > 250


def test_what_is_done_is_not_done_again():
    done = {"A x": {"examples": 100}, "A y": {"examples": 30}}
    wanted = Asked(examples=100, page_examples=10, only="", done=done, number=2).wanted(["A x", "A y", "page z"])
    assert {name: sum(n for other, n, _seed in wanted if other == name) for name, *_rest in wanted} == {
        "A y": 70, "page z": 10,
    }  # fmt: skip
    assert len({seed for name, _n, seed in wanted if name == "page z"}) == 2
    one = dict.fromkeys(COLUMNS, 1) | {
        "seconds": 1.0,
        "cpu_s": 0.5,
        "slowest_s": 2.0,
        "answers": {"200": 1},
        "shown": [],
    }
    both = joined(one, one | {"slowest_s": 1.0, "answers": {"200": 2, "404": 1}})
    assert (both["examples"], both["slowest_s"], both["answers"]) == (2, 2.0, {"200": 3, "404": 1})


@pytest.mark.parametrize("ending", ["import os; os.abort()", "raise SystemExit(3)"])
def test_a_worker_that_ends_is_a_fault_and_another_goes_on(tmp_path, monkeypatch, ending):
    """The fuzzed program may take its process along."""
    program = tmp_path / "ends.py"
    program.write_text(f'print(\'{{"targets": ["x"]}}\', flush=True); input(); {ending}')
    monkeypatch.setattr(Worker, "command", ("-S", str(program)))
    worker = Worker(tmp_path / "hub")
    worker.start()
    outcome = worker.run("x", 5, 1)
    assert (outcome["target"], outcome["faults"]) == ("x", 1)
    assert "the worker ended with" in outcome["shown"][0]["what"]
    assert worker.process.poll() is None
    worker.kill()


def ledger(*rows, rejected=()):
    made = Ledger({CODE: 7})
    made.note(list(rows), {"responseCode": "0", "batch": 5, "rejected": [{"index": i} for i in rejected]})
    return made


def row(value, start="2026-01-05 00:15:00", **more):
    return {"dataCode": CODE, "dataValue": value, "statType": "0", "statDate": start, "valid": "1"} | more


def test_the_ledger_knows_the_newest_acknowledged_value_of_each_key():
    made = ledger(row("1"), row("2", "2026-01-05 00:30:00"), row("3"), row("9", "2026-01-05 00:45:00"), rejected=(0, 3))
    first, second = (7, 0, "2026-01-05 00:15:00"), (7, 0, "2026-01-05 00:30:00")
    assert made.compare({first: 3.0, second: 2.0}) == []
    assert len(made.compare({first: 3.0})) == 1  # one is lost
    assert len(made.compare({first: 1.0, second: 2.0})) == 1  # an older one came back
    made.note([row("8")], {"responseCode": "0", "batch": 4})  # answered later, but stored before
    assert made.compare({first: 3.0, second: 2.0}) == []
    made.note([row("8")], {"responseCode": "0", "batch": 6})
    assert made.compare({first: 8.0, second: 2.0}) == []


def test_the_ledger_leaves_out_what_the_platform_may_read_differently():
    odd, key = ledger(row("1"), row("1e3")), (7, 0, "2026-01-05 00:15:00")
    assert odd.compare({key: 1000.0}) == []
    assert len(odd.compare({})) == 1  # but something must be there
    near = ledger(row("1"), row("2", "2026-01-05 00:15:03"))
    assert near.compare({key: 2.0}) == []
