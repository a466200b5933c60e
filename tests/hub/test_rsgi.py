"""The server in front of the hub's WSGI application: what arrives there, and what goes out, over real sockets."""

from __future__ import annotations

import hashlib
import http.client
import json
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from nenghao.hub.bodies import LARGEST_BYTES
from nenghao.hub.rsgi import SMALL_BODY_BYTES, environ_of

pytestmark = pytest.mark.xdist_group("rsgi")


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """Give the port of the small program; at the end its log must tell of no fault but the one asked for."""
    log = tmp_path_factory.mktemp("rsgi") / "log"
    with running(log) as port:
        yield port
    text = log.read_text()
    assert text.count("Traceback") == text.count("RuntimeError: as asked")


@contextmanager
def running(log):
    """Serve the small program on a free port, and stop it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(Path(__file__).with_name("rsgi_program.py")), str(port)]
    with log.open("w") as output, subprocess.Popen(command, cwd=Path(__file__).parent, stderr=output) as process:
        give_up = time.monotonic() + 60
        while True:
            try:
                ask(port, "/")
                break
            except OSError:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < give_up
                time.sleep(0.1)
        try:
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            ended = process.wait(30)
        assert ended == 0


def ask(port, path, body=None, headers=None):
    """Give status, headers and body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET" if body is None else "POST", path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


def test_the_environment_is_that_of_the_specification(program):
    sent = {"X-One": "a", "Cookie": "c=1", "X_Forwarded_For": "6.6.6.6"}
    environ = json.loads(ask(program, "/a%20b/%E8%83%BD?q=%E8%83%BD&z", headers=sent)[2])
    expected = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/a b/能".encode().decode("latin-1"), "QUERY_STRING": "q=%E8%83%BD&z",
        "SCRIPT_NAME": "", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": str(program), "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": f"127.0.0.1:{program}", "HTTP_X_ONE": "a", "HTTP_COOKIE": "c=1",
        "wsgi.url_scheme": "http", "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    assert {key: environ.get(key) for key in expected} == expected
    assert "HTTP_X_FORWARDED_FOR" not in environ  # an underscore would let anyone write another header's variable
    assert not {"PATH", "HOME"} & environ.keys()  # nothing of the process's own environment


def test_headers_that_come_twice_are_joined_and_addresses_may_be_of_version_6():
    headers = [("accept", "a"), ("accept", "b"), ("cookie", "a=1"), ("cookie", "b=2"), ("content-type", "x/y")]
    scope = SimpleNamespace(
        method="POST", path="/", query_string="", http_version="2", server="[::1]:8000", client="[2001:db8::1]:5",
        scheme="https", authority="hub.example", headers=SimpleNamespace(items=lambda: headers),
    )  # fmt: skip
    environ = environ_of(scope)
    found = {key: environ[key] for key in ("HTTP_ACCEPT", "HTTP_COOKIE", "CONTENT_TYPE", "REMOTE_ADDR", "HTTP_HOST")}
    assert found == {
        "HTTP_ACCEPT": "a,b", "HTTP_COOKIE": "a=1; b=2", "CONTENT_TYPE": "x/y", "REMOTE_ADDR": "2001:db8::1",
        "HTTP_HOST": "hub.example",
    }  # fmt: skip


def test_status_and_repeated_headers_go_out(program):
    status, headers, _body = ask(program, "/missing")
    assert status == 404
    assert [value for name, value in headers if name.lower() == "x-two"] == ["1", "2"]


@pytest.mark.parametrize("size", [0, 1, SMALL_BODY_BYTES, SMALL_BODY_BYTES + 1, 3_000_000])
def test_bodies_arrive_whole(program, size):
    body = (b"line\n" + bytes(range(256)) * (size // 256 + 1))[:size]
    line = min(5, size)
    expected = [line, size - line, hashlib.sha256(body).hexdigest()]
    assert json.loads(ask(program, "/", body)[2]) == expected


def test_a_body_of_unknown_length_is_not_read(program):
    with socket.create_connection(("127.0.0.1", program), timeout=30) as link:
        link.sendall(b"POST / HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        link.sendall(b"5\r\nabcde\r\n")  # and never ends
        assert b"[0, 0," in b"".join(iter(lambda: link.recv(65536), b""))


def test_an_answer_in_pieces_is_whole_and_closed_also_when_nobody_listens(program):
    _status, _headers, body = ask(program, "/pieces?whole")
    assert body == b"".join(f"{number}\n".encode() * 10_000 for number in range(20))
    with socket.create_connection(("127.0.0.1", program)) as link:
        link.sendall(b"GET /pieces?broken HTTP/1.1\r\nHost: hub\r\n\r\n")
        link.recv(10)
    give_up = time.monotonic() + 20
    while set(json.loads(ask(program, "/closed")[2])) != {"whole", "broken"}:
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_a_program_that_fails_is_a_500_and_no_more(program):
    assert ask(program, "/fails")[0] == 500
    assert ask(program, "/")[0] == 200


@pytest.mark.parametrize("size", [10, SMALL_BODY_BYTES + 1])
def test_bodies_that_come_slowly_hold_no_thread(program, size):
    slow = [begun(program, size) for _ in range(8)]  # four times as many as threads
    assert ask(program, "/")[0] == 200
    for link in slow:
        link.sendall(b"d" * (size - 3))
        assert f"[{size}, 0,".encode() in link.recv(65536)
        link.close()


def begun(port, size, path="/"):
    """Connect and send three bytes of a body."""
    link = socket.create_connection(("127.0.0.1", port), timeout=30)
    link.sendall(f"POST {path} HTTP/1.1\r\nHost: hub\r\nContent-Length: {size}\r\n\r\nabc".encode())
    return link


def test_a_large_body_that_comes_too_slowly_is_given_up(program):
    with begun(program, SMALL_BODY_BYTES + 1) as link:
        answer = b"".join(iter(lambda: link.recv(65536), b""))  # to the end: the connection is closed
    assert answer.startswith(b"HTTP/1.1 408")
    assert "请求正文到达过慢".encode() in answer


def test_a_body_beyond_all_measure_is_refused_before_it_comes(program):
    with begun(program, LARGEST_BYTES + 1) as link:
        assert b"413" in link.recv(65536).partition(b"\r\n")[0]
    with begun(program, LARGEST_BYTES + 1, "/nhjc/uploadEnergyData") as link:
        assert b"[0, 0," in link.recv(65536)  # the wire answers for itself, and has nothing to read


def test_too_much_at_once_is_put_off_and_forgotten_when_it_has_gone(program):
    with begun(program, 7_000_000) as one, begun(program, 7_000_000) as other:
        for link in (one, other):
            with suppress(OSError):  # answered and closed while it still sends
                link.sendall(bytes(6_000_000))
        (put_off,), _, _ = select.select([one, other], [], [], 30)  # whichever the program read last
        with suppress(ConnectionResetError):
            assert put_off.recv(65536).startswith(b"HTTP/1.1 503")
        kept = other if put_off is one else one
        kept.sendall(bytes(999_997))
        assert b"[7000000, 0," in kept.recv(65536)
    assert ask(program, "/", bytes(7_000_000))[0] == 200


@pytest.mark.parametrize("size", [10, SMALL_BODY_BYTES + 1])
def test_who_leaves_in_the_middle_of_a_body_leaves_no_trace(program, size):
    with socket.create_connection(("127.0.0.1", program)) as link:
        link.sendall(f"POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: {size}\r\n\r\nabc".encode())
        time.sleep(0.1)
    assert ask(program, "/")[0] == 200  # and the log, looked at in the end, has no traceback


def test_what_is_under_way_is_answered_before_the_end(tmp_path):
    """SIGTERM lets a running request finish."""
    found = []
    with running(tmp_path / "log") as port:
        asking = threading.Thread(target=lambda: found.append(ask(port, "/slow?1")[0]))
        asking.start()
        give_up = time.monotonic() + 20
        while json.loads(ask(port, "/begun")[2]) != ["1"]:
            assert time.monotonic() < give_up
    asking.join(30)
    assert found == [200]
