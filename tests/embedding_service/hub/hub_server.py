"""A hub, its CDN and a proxy on this machine, with faults on demand, for hub_server.h.

    hub_server.py ROOT

ROOT/ORG/NAME/... are the files of one repository, ROOT/commit its commit; ROOT/listing, where it
is, is the listing's body word for word. ROOT/faults.json, read at each request, is a list of
  {"on": "hub" or "cdn", "path": part of a path, "do": what, "after": bytes, "times": how often}
Each request becomes a line of ROOT/requests before it is answered. Prints its ports and the
certificates as JSON; ends when its input does. Standard library and the openssl program.
"""

import hashlib
import http.server
import json
import pathlib
import select
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import urllib.parse

ROOT = pathlib.Path(sys.argv[1])
LARGE = (".safetensors", ".bin")
LOG_LOCK = threading.Lock()
FAULTS_DONE = {}  # how often each fault happened
PORTS = {}


def note(*words):
    with LOG_LOCK, open(ROOT / "requests", "a", encoding="utf-8") as log:
        log.write(" ".join(words) + "\n")


def fault_for(server, path):
    try:
        faults = json.loads((ROOT / "faults.json").read_text())
    except FileNotFoundError:
        return {}
    for fault in faults:
        key = json.dumps(fault)
        if fault["on"] != server or fault["path"] not in path:
            continue
        with LOG_LOCK:
            FAULTS_DONE[key] = FAULTS_DONE.get(key, 0) + 1
            if FAULTS_DONE[key] <= fault.get("times", 1 << 30):
                return fault
    return {}


def listing(repository):
    if (ROOT / "listing").exists():
        return (ROOT / "listing").read_bytes()
    folder = ROOT / repository
    siblings = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        entry = {"rfilename": path.relative_to(folder).as_posix(), "size": len(data), "blobId": blob}
        if path.name.endswith(LARGE):
            entry["blobId"] = "0" * 40  # of the pointer
            entry["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        siblings.append(entry)
    commit = (ROOT / "commit").read_text()
    return json.dumps({"sha": commit, "siblings": siblings}).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, code, body=b"", **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        name = self.server.name
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        fault = fault_for(name, path)
        note(name, self.path, self.headers.get("Range", "-"))
        if fault.get("do") == "status":
            self.answer(fault["code"], b"no", X_Error_Code="TestRefusal")
        elif fault.get("do") == "location":
            self.answer(302, Location=fault["to"])
        elif name == "hub" and not path.startswith("/cache/"):
            self.serve_hub(path.removeprefix("/mirror"))
        else:
            self.serve_file(path.removeprefix("/cache"), fault)

    def serve_hub(self, path):
        words = path.strip("/").split("/")
        if words[:2] == ["api", "models"] and words[4] == "revision":
            self.answer(200, listing("/".join(words[2:4])))
        elif words[2] == "resolve" and words[3] == (ROOT / "commit").read_text():
            file = "/".join(words[:2] + words[4:])
            if file.endswith(LARGE):
                where = f"https://localhost:{PORTS['cdn']}/{file}?signature=secret"
            else:
                where = f"/cache/{file}"
            self.answer(302, Location=where)
        else:
            self.answer(404)

    def serve_file(self, path, fault):
        data = (ROOT / path.lstrip("/")).read_bytes()
        do = fault.get("do")
        if do == "flip":
            data = data[:-1] + bytes([data[-1] ^ 1])
        if do == "longer":
            data += b"!"
        total, begin = len(data), 0
        wanted = self.headers.get("Range", "")
        if wanted and do != "ignore_range":
            begin = int(wanted.removeprefix("bytes=").split("-")[0])
            shown = begin + 1 if do == "wrong_range" else begin
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {shown}-{total - 1}/{total}")
        else:
            self.send_response(200)
        body = data[begin:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if do in ("drop", "hold"):
            self.wfile.write(body[:fault["after"]])
            if do == "hold":
                self.rfile.read(1)  # until the client goes
            self.close_connection = True
        else:
            self.wfile.write(body)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, name, handler, certificate=None):
        super().__init__(("127.0.0.1", 0), handler)
        self.name = name
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
        PORTS[name] = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):  # on the connection's own thread
        if self.context:
            request = self.context.wrap_socket(request, server_side=True)
        self.RequestHandlerClass(request, client_address, self)

    def handle_error(self, request, client_address):
        pass  # clients go as they please


class Proxy(socketserver.StreamRequestHandler):
    def handle(self):
        _, target, _ = self.rfile.readline().decode().split()
        while self.rfile.readline().strip():
            pass
        note("proxy", target)
        host, port = target.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as other:
            self.wfile.write(b"HTTP/1.1 200 go\r\n\r\n")
            ends = {self.connection: other, other: self.connection}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    data = end.recv(1 << 16)
                    if not data:
                        return
                    ends[end].sendall(data)


def make_certificate(name, subject):
    path = ROOT / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName={subject}", "-keyout", path, "-out", f"{path}.crt"],
                   check=True, capture_output=True)
    certificate = pathlib.Path(f"{path}.crt").read_text()
    with open(path, "a", encoding="utf-8") as file:
        file.write(certificate)
    return path, certificate


def main():
    hub, hub_certificate = make_certificate("hub", "IP:127.0.0.1")
    cdn, cdn_certificate = make_certificate("cdn", "DNS:localhost")
    roots = ROOT / "roots.pem"
    roots.write_text(hub_certificate + cdn_certificate)
    Server("hub", Handler, hub)
    Server("cdn", Handler, cdn)
    Server("proxy", Proxy)
    print(json.dumps({**PORTS, "roots": str(roots)}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
