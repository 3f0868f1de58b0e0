"""What `scripts/proxies` asks of each proxy: as a browser and a provider would, over TLS, under the public name."""

import base64
import http.client
import json
import os
import socket
import ssl
import sys
import time

folder, server = sys.argv[1], int(sys.argv[2])
tls = ssl.create_default_context(cafile=os.path.join(folder, "cert.pem"))


class To(http.client.HTTPSConnection):
    """TLS to a port of this machine, with the certificate checked under the public name."""

    def connect(self):
        # From an address that is not the proxy's own.
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=20, source_address=("127.0.0.2", 0))
        self.sock = tls.wrap_socket(raw, server_hostname="help.example.com")


def ask(port, method, path, body=None, **headers):
    c = To("help.example.com", port, timeout=30)
    headers = {k.replace("_", "-"): v for k, v in headers.items()} | {"Host": "help.example.com"}
    if isinstance(body, (dict, list)):
        body, headers["content-type"] = json.dumps(body), "application/json"
    c.request(method, path, body, headers)
    r = c.getresponse()
    return r, r.read()


def wait(what, test):
    for _ in range(150):
        try:
            if test():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"FAILED  {what} does not answer")


def sign_in(port, **headers):
    r, body = ask(port, "POST", "/api/v1/auth/sign-in", {"email": "ada@example.com", "password": "correct-horse-7"}, **headers)
    assert r.status == 200, (r.status, body)
    return r, json.loads(body)["access_token"]


def check(name, port):
    wait(name, lambda: ask(port, "GET", "/readyz")[0].status == 200)
    r, page = ask(port, "GET", "/")
    assert r.status == 200 and b"<div id=" in page, "no page"
    # Signing in: the cookie is for https alone; a client's own word about its address is not believed.
    r, token = sign_in(port, X_Forwarded_For="203.0.113.9")
    assert "Secure" in r.headers["set-cookie"], r.headers["set-cookie"]
    auth = {"Authorization": f"Bearer {token}"}
    sessions = json.loads(ask(port, "GET", "/api/v1/me/sessions", **auth)[1])
    assert [s["address"] for s in sessions["data"] if s["current"]] == ["127.0.0.2"], sessions
    # WebSocket: 101, and a first frame.
    raw = tls.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=20), server_hostname="help.example.com")
    key = base64.b64encode(os.urandom(16)).decode()
    lines = ["GET /api/v1/events HTTP/1.1", "Host: help.example.com", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
             f"Sec-WebSocket-Key: {key}", f"Authorization: Bearer {token}", "Origin: https://help.example.com", "", ""]
    raw.sendall("\r\n".join(lines).encode())
    head = raw.recv(4096)
    assert head.startswith(b"HTTP/1.1 101"), head
    # Events as a stream: what happens is there before the answer ends.
    c = To("help.example.com", port, timeout=20)
    c.request("GET", "/api/v1/events", headers=auth | {"Host": "help.example.com", "Accept": "text/event-stream"})
    stream = c.getresponse()
    assert stream.status == 200 and stream.headers["content-type"].startswith("text/event-stream"), stream.headers
    begun = time.monotonic()
    r, body = ask(port, "POST", "/api/v1/contacts", {"name": f"Seen by {name}"}, **auth)
    assert r.status in (200, 201), (r.status, body)
    got = b""
    while b"contact" not in got:
        got += stream.read1(4096)
        assert time.monotonic() - begun < 12, f"events are held back: {got[:300]}"
    seen = raw.recv(65536)
    assert seen, "nothing on the WebSocket"
    # A file of 24 MB goes through, and one that is too large is refused by the server in words.
    boundary = "----switchboard"
    def upload(size):
        part = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n'
        data = part.encode() + b"\x07" * size + f"\r\n--{boundary}--\r\n".encode()
        return ask(port, "POST", "/api/v1/files", data, Content_Type=f"multipart/form-data; boundary={boundary}", **auth)
    r, body = upload(24_000_000)
    assert r.status in (200, 201), (r.status, body)
    r, body = upload(30_000_000)
    assert r.status == 413 and json.loads(body)["code"], (r.status, body)
    print(f"ok      {name}: pages, secure cookies, WebSocket, unbuffered events, files up to the limit, the address of the client")


wait("the server", lambda: http.client.HTTPConnection("127.0.0.1", server, timeout=5).request("GET", "/readyz") is None)
c = http.client.HTTPConnection("127.0.0.1", server, timeout=20)
first = {"name": "Ada", "email": "ada@example.com", "password": "correct-horse-7", "workspace_name": "Acme", "locale": "en", "time_zone": "UTC", "default_country": "DE"}
c.request("POST", "/api/v1/setup", json.dumps(first), {"content-type": "application/json"})
r = c.getresponse()
assert r.status in (200, 201), r.read()
for which in sys.argv[3:]:
    name, port = which.split(":")
    check(name, int(port))
