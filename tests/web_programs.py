"""A program that listens for a test and writes down what it was asked."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


@contextmanager
def asked(body, headers=(("Content-Type", "text/html"),), status=200):
    """Its port, and the requests so far: method, path, headers and body of each."""
    requests = []

    class Program(BaseHTTPRequestHandler):
        def do_GET(self):
            sent = self.rfile.read(int(self.headers["Content-Length"] or 0))
            requests.append((self.command, self.path, self.headers, sent))
            self.send_response(status)
            for name, value in (*headers, ("Content-Length", str(len(body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            self.do_GET()

        def log_message(self, *_): ...

    with HTTPServer(("127.0.0.1", 0), Program) as server:
        serve = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        serve.start()
        yield server.server_port, requests
        server.shutdown()
        serve.join()
