"""A short run of chaos end to end, and each fault of the link by itself."""

import http.server
import random
import threading
import urllib.error
import urllib.request
from collections import Counter

import pytest

from nenghao.cli.chaos import compare
from nenghao.cli.chaos.proxy import FAULTS, FaultyProxy
from nenghao.cli.chaos.run import run_chaos

BODY = b'{"n":1}' * 500


@pytest.fixture
def platform():
    """A server that counts whole requests and answers with their body."""
    seen = Counter()

    class Echo(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen["whole" if body == BODY else "broken"] += 1
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], seen
    server.shutdown()
    server.server_close()


class Only(random.Random):
    """Dice that always choose one fault, and cut in the middle."""

    def __init__(self, fault):
        super().__init__(1)
        self.fault = fault

    def choices(self, *_args, **_more):
        return [self.fault]

    def randrange(self, low, high):
        return (low + high) // 2

    def uniform(self, _low, _high):
        return 0.01


def ask(port) -> bytes | None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/x", BODY)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()
    except (OSError, http.client.HTTPException):
        return None


@pytest.mark.parametrize(
    ("fault", "answered", "arrived"),
    [
        ("none", True, {"whole": 1}), ("delayed", True, {"whole": 1}), ("doubled", True, {"whole": 2}),
        ("dropped", False, {}), ("answer-lost", False, {"whole": 1}), ("answer-truncated", False, {"whole": 1}),
    ],
)  # fmt: skip
def test_each_fault_does_what_it_says(platform, fault, answered, arrived):
    port, seen = platform
    proxy = FaultyProxy(port, seed=1)
    proxy._dice = Only(fault)
    proxy.start()
    try:
        assert (ask(proxy.port) == BODY) is answered
        assert proxy.counts == {fault: 1}
        assert seen == arrived
    finally:
        proxy.stop()


def test_a_cut_link_lets_nothing_through_and_a_calm_one_everything(platform):
    port, seen = platform
    proxy = FaultyProxy(port, seed=1)
    proxy._dice = Only("dropped")
    proxy.start()
    try:
        proxy.cut(60)
        assert ask(proxy.port) is None
        proxy.calm()
        assert ask(proxy.port) == BODY
        assert seen == {"whole": 1}
    finally:
        proxy.stop()


def test_faults_are_shares_of_one():
    assert sum(FAULTS.values()) == pytest.approx(1)


def test_the_comparison_sees_what_is_lost_foreign_or_changed():
    wanted = {("a", "x", 0, 1): 1.0, ("a", "x", 0, 2): 2.0, ("a", "x", 0, 3): 3.0}
    got = {("a", "x", 0, 1): 1.0, ("a", "x", 0, 2): 2.5, ("b", "x", 0, 9): 9.0}
    assert compare.differences(wanted, got) == {"lost": 1, "unsent": 1, "different": 1}


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_a_short_run_loses_and_doubles_nothing(tmp_path):
    report = run_chaos(tmp_path / "run", minutes=0.25, days=3, seed=11, report=lambda _world: None)
    assert report["plants"] >= 1
    assert report["acknowledged"] >= 3 * 97 * 2
    assert report["ok"], report
