"""Uploads on the event loop are answered as on a thread, count once, and each gets its own fate of the group."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from nenghao.hub.intake import guard
from nenghao.hub.intake.at_once import MAX_BYTES, Durable, Uploads, may_be_at_once
from nenghao.hub.intake.snapshot import get_snapshot
from nenghao.hub.intake.tests.gateway import record
from nenghao.hub.intake.wsgi import with_short_way

beside_threads = pytest.mark.django_db(transaction=True)
"""Threads look into the database beside the test."""


def environ(body, path="/nhjc/uploadEnergyData", **extra):
    return {
        "REQUEST_METHOD": "POST", "PATH_INFO": path, "CONTENT_LENGTH": str(len(body)), "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
    } | extra  # fmt: skip


class CountingLoop(asyncio.SelectorEventLoop):
    """Counts how often another thread woke it."""

    wakes = 0

    def call_soon_threadsafe(self, *given, **options):
        self.wakes += 1
        return super().call_soon_threadsafe(*given, **options)


def at_once(*bodies, during=lambda: None):
    """Answer bodies together on a loop of their own; give the answers and how often that was woken by other threads."""
    loop = CountingLoop()
    with ThreadPoolExecutor(4) as pool:
        uploads = Uploads(loop, lambda function, *given: loop.run_in_executor(pool, function, *given))

        async def all_of_them():
            under_way = [loop.create_task(uploads.answer(environ(body), body)) for body in bodies]
            await asyncio.sleep(0)  # on the loop itself there is no waiting: what can be submitted, is
            during()
            return [json.loads(answer) for answer in await asyncio.wait_for(asyncio.gather(*under_way), 30)]

        try:
            get_snapshot().refresh()
            return loop.run_until_complete(all_of_them()), loop.wakes
        finally:
            loop.close()


def on_thread(body):
    seen = []
    given = environ(body) | {"wsgi.input": io.BytesIO(body)}
    answer = b"".join(with_short_way(pytest.fail)(given, lambda status, _headers: seen.append(status)))
    assert seen == ["200 OK"]
    return json.loads(answer)


def upload(gateway, *records, **extra):
    return json.dumps(gateway.signed(data=list(records)) | extra).encode()


@beside_threads
def test_answers_are_those_of_a_thread(gateway):
    bodies = [
        upload(gateway, record(), record(when="2026-03-04 00:15:00")),
        upload(gateway, record(when="2026-03-04 01:00:00"), record(value="NaN"), record(code="nonsense")),
        upload(gateway, record(value="x")),
        upload(gateway),
        upload(gateway, record(), enterpriseCode="91" + "0" * 16),
        upload(gateway, record(), deviceId="0" * 32),
        upload(gateway, record(code="00-00-0000-029900-10")),
        b"not json",
        "能耗".encode("gbk"),
        b"[]",
    ]
    found, _wakes = at_once(*bodies)
    numbers = [answer.pop("batch") for answer in found]
    expected = [on_thread(body) for body in bodies]
    assert len({*numbers, *(answer.pop("batch") for answer in expected)}) == 2 * len(bodies)  # each logged once
    assert found == expected
    assert {answer["responseCode"] for answer in found} == {"0", "1"}


@beside_threads
def test_many_are_acknowledged_by_few_wakes_and_are_in_the_store(gateway, store, readings, monkeypatch):
    held = Held(store, monkeypatch)  # a slow loop and a fast writer would make groups of one
    bodies = [
        upload(gateway, record(value=str(number), when=f"2026-03-04 {number // 4:02}:{number % 4 * 15:02}:00"))
        for number in range(80)
    ]
    answers, wakes = at_once(*bodies, during=held.go.set)
    assert {(answer["responseCode"], answer["accepted"]) for answer in answers} == {("0", 1)}
    assert len({answer["batch"] for answer in answers}) == 80
    assert [row[3] for row in readings()] == [1e4 * number for number in range(80)]
    assert wakes < 10


@beside_threads
def test_a_refused_upload_counts_once(gateway, settings):
    settings.NENGHAO_REQUESTS_PER_MINUTE = 3
    guard.requests._worked_off.clear()
    unknown = upload(gateway, record(code="00-00-0000-029900-10"))  # looked for in the database, so begun anew
    codes = [at_once(unknown)[0][0]["rejected"][0]["code"] for _ in range(4)]
    assert codes == ["data-code-unknown"] * 3 + ["too-many-requests"]


@beside_threads
def test_a_device_approved_a_moment_ago_is_let_in(newcomer, gateway):
    other = type(newcomer)(newcomer.client)
    other.register(clientId="another-gateway-0001")
    get_snapshot().refresh()
    other.approve()
    assert at_once(upload(other, record(code="x")))[0][0]["rejected"][0]["code"] == "data-code-malformed"


class Held:
    """Stops the writer before it inserts, until released; then one batch of the group, and that alone, fails."""

    def __init__(self, store, monkeypatch):
        self.go, self.writer = threading.Event(), store._writer
        self.poison = None
        insert = self.writer._insert
        monkeypatch.setattr(self.writer, "_insert", lambda batches: self.go.wait(30) and self._insert(insert, batches))

    def _insert(self, insert, batches):
        if any(batch.size_bytes == self.poison for batch in batches):
            raise RuntimeError("disk full")
        return insert(batches)


@beside_threads
def test_the_upload_that_fails_gets_the_failure_and_the_others_of_its_group_do_not(
    gateway, store, readings, monkeypatch
):
    held = Held(store, monkeypatch)
    good = [upload(gateway, record(when=f"2026-03-04 0{hour}:00:00")) for hour in range(3)]
    bad = upload(gateway, record(when="2026-03-04 07:00:00", value="0.123456789"))
    held.poison = len(bad)
    answers, _wakes = at_once(good[0], bad, *good[1:], during=held.go.set)
    assert [answer["responseCode"] for answer in answers] == ["0", "1", "0", "0"]
    assert answers[1]["rejected"][0]["code"] == "store-failed"
    assert [row[2] for row in readings()] == [f"2026-03-04 0{hour}:00" for hour in range(3)]


@beside_threads
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_who_waits_is_answered_when_the_writer_dies(gateway, store, monkeypatch):
    def die(_group):
        raise SystemExit  # what ends a thread

    monkeypatch.setattr(store._writer, "_commit_group", die)
    answers, _wakes = at_once(upload(gateway, record()), upload(gateway, record(when="2026-03-04 00:15:00")))
    assert [(a["responseCode"], a["rejected"][0]["code"], a.get("batch")) for a in answers] == [
        ("1", "store-failed", None)
    ] * 2


@beside_threads
def test_a_full_queue_is_waited_for_on_a_thread(gateway, store, monkeypatch):
    from nenghao.readings import writer

    held = Held(store, monkeypatch)
    monkeypatch.setattr(writer, "QUEUE_BATCHES", 2)
    bodies = [upload(gateway, record(when=f"2026-03-04 0{hour}:00:00")) for hour in range(8)]
    answers, _wakes = at_once(*bodies, during=lambda: threading.Timer(0.3, held.go.set).start())
    assert [answer["responseCode"] for answer in answers] == ["0"] * 8


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True), ({"PATH_INFO": "/nhjc/register"}, False), ({"PATH_INFO": "/enterprises/"}, False),
        ({"REQUEST_METHOD": "GET"}, False), ({"CONTENT_LENGTH": "0"}, False), ({"CONTENT_LENGTH": ""}, False),
        ({"CONTENT_LENGTH": str(MAX_BYTES)}, True), ({"CONTENT_LENGTH": str(MAX_BYTES + 1)}, False),
        ({"HTTP_X_NENGHAO_SIGNATURE": "00"}, False),
    ],
)  # fmt: skip
def test_what_goes_to_a_thread_at_once(change, expected):
    assert may_be_at_once(environ(b"{}") | change) is expected


def test_a_waiter_that_gave_up_hinders_nobody():
    loop = asyncio.new_event_loop()
    durable = Durable(loop)
    promises = [durable.promise() for _ in range(3)]

    async def main():
        promises[0].waiter.cancel()
        for number, promise in enumerate(promises):
            promise.set_result(number)
        return await asyncio.gather(*(promise.waiter for promise in promises[1:]))

    assert loop.run_until_complete(main()) == [1, 2]
    assert not durable.promise().done()
    loop.close()


def test_who_waits_too_long_is_told_so_and_the_others_go_on_waiting():
    loop = CountingLoop()
    durable = Durable(loop, timeout_s=1.5)

    async def main():
        kept, forgotten = durable.promise(), durable.promise()
        kept.set_result(7)
        await asyncio.sleep(1.2)
        later = durable.promise()  # shares the timer, and has its own time
        found = await asyncio.gather(kept.waiter, forgotten.waiter, return_exceptions=True)
        assert not later.waiter.done()
        later.set_exception(ValueError("disk full"))
        return [*found, *await asyncio.gather(later.waiter, return_exceptions=True)]

    number, late, failed = loop.run_until_complete(main())
    assert number == 7
    assert isinstance(late, TimeoutError)
    assert isinstance(failed, ValueError)
    loop.close()
