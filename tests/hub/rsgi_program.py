"""A small WSGI program behind the hub's own server: ``python rsgi_program.py PORT`` serves it with two threads."""

import hashlib
import json
import sys
import threading
import time

import django
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

django.setup()

from nenghao.hub.bodies import Bodies  # noqa: E402
from nenghao.hub.rsgi import RsgiApplication  # noqa: E402  models are importable only once Django is set up

closed: list[str] = []
begun: list[str] = []


class Pieces:
    """An answer made piece by piece, as Django's streaming responses are."""

    streaming = True

    def __init__(self, name, count):
        self.name, self.count = name, count

    def __iter__(self):
        self.thread = threading.current_thread()
        for number in range(self.count):
            assert threading.current_thread() is self.thread
            yield f"{number}\n".encode() * 10_000

    def close(self):
        closed.append(self.name)


def program(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/fails":
        raise RuntimeError("as asked")
    headers = [("Content-Type", "text/plain"), ("X-Two", "1"), ("X-Two", "2")]
    start_response("404 Not Found" if path == "/missing" else "200 OK", headers)
    if path == "/pieces":
        return Pieces(environ["QUERY_STRING"], 20)
    if path in ("/closed", "/begun"):
        return [json.dumps(closed if path == "/closed" else begun).encode()]
    if path == "/slow":
        begun.append(environ["QUERY_STRING"])
        time.sleep(float(environ["QUERY_STRING"]))
    if environ["REQUEST_METHOD"] == "POST":
        stream = environ["wsgi.input"]
        line, rest = stream.readline(), stream.read()
        return [json.dumps([len(line), len(rest), hashlib.sha256(line + rest).hexdigest()]).encode()]
    return [json.dumps({key: value for key, value in environ.items() if isinstance(value, str | bool)}).encode()]


application = RsgiApplication(
    program, threads=2, bodies=Bodies(patience_s=5, slowest_bytes_per_s=100_000, most_bytes=8_000_000)
)

if __name__ == "__main__":
    Server(
        "rsgi_program:application", address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.RSGI,
        websockets=False, log_level=LogLevels.error,
    ).serve()  # fmt: skip
