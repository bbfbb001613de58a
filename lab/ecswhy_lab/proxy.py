"""A proxy in front of the moto server that names each call, delays it, and answers some of them itself.

It tells how many calls were made and how many had to wait for each other. It knows AWS's protocols as far as the name
of the operation goes, and nothing of what an answer means.
"""

from __future__ import annotations

import http.client
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

IAM_PREFIX = {"monitoring": "cloudwatch"}
"""Where the service in a signature is not the one in IAM actions."""

EFS = (
    (r"/file-systems/[^/]+/policy$", "DescribeFileSystemPolicy"),
    (r"/file-systems$", "DescribeFileSystems"),
    (r"/mount-targets/[^/]+/security-groups$", "DescribeMountTargetSecurityGroups"),
    (r"/mount-targets$", "DescribeMountTargets"),
    (r"/access-points$", "DescribeAccessPoints"),
)
S3 = (("list-type", "ListObjectsV2"), ("policy", "GetBucketPolicy"), ("location", "GetBucketLocation"))


@dataclass
class Call:
    """One request as it passed."""

    name: str
    """As in IAM actions: `ecs:DescribeServices`."""
    begun: float
    ended: float
    body: bytes


@dataclass
class Reply:
    """An answer that does not come from moto."""

    status: int
    body: bytes
    kind: str = "text/plain"
    delay: float = 0.0
    """Seconds before it."""


Fault = Callable[[str, bytes, Callable[[], Reply]], Reply | None]
"""What is answered instead of moto's answer to this call, which can be asked for; `None`: moto's answer."""


class Proxy:
    """A running proxy. `fault` and `latency` may be changed between two runs of the program under test."""

    def __init__(self, upstream: str, remembered: dict[tuple[str, ...], Reply] | None = None) -> None:
        self.upstream = urlsplit(upstream).netloc
        self.latency = 0.0
        self.fault: Fault | None = None
        self.calls: list[Call] = []
        self.remembered = remembered
        """Moto's answers, for an account that does not change; proxies may share them."""
        proxy = self

        class Handler(Passing):
            owner = proxy

        self._server = Listening(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def forget(self) -> None:
        """Begins to count anew."""
        self.calls = []

    def stop(self) -> None:
        """Stops the proxy's threads."""
        self._server.shutdown()
        self._server.server_close()

    def round_trips(self) -> int:
        """The most calls of which each began after the one before it had ended: a bound on what had to wait."""
        count, last = 0, 0.0
        for call in sorted(self.calls, key=lambda call: call.ended):
            if call.begun >= last:
                count, last = count + 1, call.ended
        return count


class Listening(ThreadingHTTPServer):
    """Takes as many connections at once as a run opens."""

    daemon_threads = True
    request_queue_size = 256


class Passing(BaseHTTPRequestHandler):
    """Hands each request on."""

    owner: Proxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    connection_to_moto: http.client.HTTPConnection | None = None

    def pass_on(self) -> None:
        """One request, answered by the fault or by moto."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        owner = self.owner
        call = Call(operation(self.path, dict(self.headers.items()), body), time.monotonic(), 0.0, body)
        time.sleep(owner.latency)
        reply = owner.fault(call.name, body, lambda: self.remembered_answer(body)) if owner.fault else None
        reply = reply or self.remembered_answer(body)
        time.sleep(reply.delay)
        call.ended = time.monotonic()
        owner.calls.append(call)
        self.send_response_only(reply.status)
        self.send_header("content-type", reply.kind)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = pass_on

    def remembered_answer(self, body: bytes) -> Reply:
        """Moto's answer, asked for once where answers are remembered."""
        remembered = self.owner.remembered
        if remembered is None:
            return self.ask_moto(body)
        key = (self.path, self.headers.get("x-amz-target", ""), body.decode("utf-8", "replace"))
        if key not in remembered:
            remembered[key] = self.ask_moto(body)
        return remembered[key]

    def ask_moto(self, body: bytes) -> Reply:
        """Moto's answer."""
        if self.connection_to_moto is None:
            self.connection_to_moto = http.client.HTTPConnection(self.owner.upstream, timeout=60)
            self.connection_to_moto.connect()
            self.connection_to_moto.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection",)}
        try:
            self.connection_to_moto.request(self.command, self.path, body, headers)
            answer = self.connection_to_moto.getresponse()
            return Reply(answer.status, answer.read(), answer.headers.get("content-type", ""))
        except (OSError, http.client.HTTPException):
            self.connection_to_moto = None
            raise

    def handle(self) -> None:
        """A connection that breaks off is no news."""
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Prints nothing."""


def operation(path: str, headers: dict[str, str], body: bytes) -> str:
    """The call, spelt as in IAM actions."""
    lower = {name.lower(): value for name, value in headers.items()}
    signed = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request", lower.get("authorization", ""))
    service = signed.group(1) if signed else "?"
    service = IAM_PREFIX.get(service, service)
    url = urlsplit(path)
    if "x-amz-target" in lower:
        return f"{service}:{lower['x-amz-target'].rsplit('.', 1)[-1]}"
    if service == "elasticfilesystem":
        name = next((name for pattern, name in EFS if re.search(pattern, url.path)), url.path)
        return f"{service}:{name}"
    if service == "s3":
        asked = parse_qs(url.query, keep_blank_values=True)
        return f"s3:{next((name for member, name in S3 if member in asked), 'GetObject')}"
    action = parse_qs(body.decode("utf-8", "replace")).get("Action", ["?"])[0]
    return f"{service}:{action}"
