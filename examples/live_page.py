"""A web page that fills while a model writes JSON: the server sends patches, and the browser applies them.

python examples/live_page.py
python examples/live_page.py --serve 127.0.0.1:8000    # and open http://127.0.0.1:8000 in a browser

Without --serve it is its own visitor: it loads the page, applies the patches, and tells what came over the wire.
"""

from __future__ import annotations

import argparse
import json
import threading
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import urlopen

from eventflow import JsonOutputParser, ScriptedChatModel

COUNTRIES = {
    "countries": [
        {"name": "France", "population": 67750000, "known_for": "Bread that is best on the day it is baked."},
        {
            "name": "Japan",
            "population": 124500000,
            "known_for": "Trains that excuse themselves for a minute.",
        },
        {"name": "Vanuatu", "population": 326700, "known_for": "Volcanoes & post offices <under> the sea."},
    ]
}
ANSWER = json.dumps(COUNTRIES)

PAGE = """<!doctype html>
<meta charset="utf-8">
<title>Countries</title>
<style>
  body { font: 16px system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; color: #223 }
  table { border-collapse: collapse; width: 100%; table-layout: fixed }
  th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid #dde; height: 1.4em }
  th:nth-child(2), td.population { text-align: right; font-variant-numeric: tabular-nums }
  th:nth-child(3) { width: 55% }
  td.last::after { content: "\\258c"; color: #38c }
</style>
<h1>Countries</h1>
<table><thead><tr><th>name<th>population<th>known for</thead><tbody id="rows"></tbody></table>
<p id="status">The model writes ...</p>
<script>
  const cell = path => document.getElementById(path)

  function put(path, value) {  // what is at this path now, with all that is in it
    if (/^\\/countries\\/\\d+$/.test(path)) {
      const row = document.getElementById("rows").insertRow()
      for (const key of ["name", "population", "known_for"]) {
        const td = row.insertCell()
        td.id = `${path}/${key}`
        td.className = key
      }
    }
    if (value !== null && typeof value === "object") {
      for (const [key, one] of Object.entries(value)) put(`${path}/${key}`, one)
    } else if (cell(path)) {
      cell(path).textContent = typeof value === "number" ? value.toLocaleString("en") : value
      mark(path)
    }
  }

  function mark(path) {
    document.querySelector(".last")?.classList.remove("last")
    cell(path)?.classList.add("last")
  }

  const patches = new EventSource("/patches")
  patches.onmessage = event => {
    for (const {op, path, value} of JSON.parse(event.data)) {
      if (op === "append") { cell(path)?.append(value); mark(path) } else put(path, value)
    }
  }
  patches.addEventListener("done", () => {
    patches.close()
    mark("")
    document.getElementById("status").textContent = "That is all."
  })
</script>
"""


class Visits(BaseHTTPRequestHandler):
    """Gives the page, and to each visitor a run of the model of their own."""

    pause: float | None = None

    def do_GET(self) -> None:
        if self.path == "/":
            self.begin("text/html; charset=utf-8")
            self.wfile.write(PAGE.encode())
        elif self.path == "/patches":
            self.begin("text/event-stream")
            with suppress(BrokenPipeError, ConnectionResetError):  # the visitor has left, which ends the run
                self.send_patches()
        else:
            self.send_error(404)

    def begin(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()

    def send_patches(self) -> None:
        model = ScriptedChatModel.from_text(ANSWER, chunk_size=3, pause=self.pause)
        with closing((model | JsonOutputParser(diff="compact")).stream("Which countries?")) as patches:
            for patch in patches:
                self.wfile.write(f"data: {json.dumps(patch)}\n\n".encode())
                self.wfile.flush()
        self.wfile.write(b"event: done\ndata:\n\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of each request."""


def apply(patch: list[dict[str, Any]], document: Any) -> Any:
    """The document after a patch: JSON Patch (RFC 6902), and one more operation, which appends to a string."""
    for operation in patch:
        *path, last = operation["path"].split("/")
        holder: Any = {"": document}
        for key in path:
            holder = holder[int(key) if isinstance(holder, list) else key]
        value = operation["value"]
        if isinstance(holder, list):
            holder[int(last) : int(last)] = [value]  # "add" inserts; nothing else is done to members here
        else:
            holder[last] = holder[last] + value if operation["op"] == "append" else value
        document = holder[""] if not path else document
    return document


def visit(address: str) -> None:
    """Do what the browser does, and count."""
    with urlopen(f"{address}/") as page:  # noqa: S310 - our own server
        assert b"EventSource" in page.read()
    document: Any = None
    patches, size, whole = 0, 0, 0
    with urlopen(f"{address}/patches") as stream:  # noqa: S310
        for line in stream:
            if line.startswith(b"data: "):
                document = apply(json.loads(line[6:]), document)
                patches += 1
                size += len(line)
                whole += len(json.dumps(document))
    print(f"{patches} patches, {size:,} bytes; the whole document each time would be {whole:,}")
    print(f"{document == COUNTRIES}: put together, they are what the model wrote")


def main() -> None:
    parser = argparse.ArgumentParser(description="A web page that fills while a model writes JSON.")
    parser.add_argument("--serve", metavar="HOST:PORT", help="where the page is, until you press Ctrl+C")
    where = parser.parse_args().serve
    if where:
        host, _, port = where.rpartition(":")
        Visits.pause = 0.04
        with ThreadingHTTPServer((host, int(port)), Visits) as server, suppress(KeyboardInterrupt):
            print(f"http://{where} is open until you press Ctrl+C", flush=True)
            server.serve_forever()
        return
    with ThreadingHTTPServer(("127.0.0.1", 0), Visits) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            visit(f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    main()
