"""Any model will do: a node reads what a provider's server sends, and shows it as tokens, without an adapter.

python examples/any_llm.py
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from eventflow import AIMessage
from eventflow.graph import START, MessagesState, StateGraph, StreamWriter, push_token

ANSWER = ["A ", "stream ", "is ", "a ", "stream ", "is ", "a ", "stream."]


class Provider(BaseHTTPRequestHandler):
    """A provider that nobody has written an adapter for: a line of JSON for each token."""

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["question"]
        self.send_response(200)
        self.end_headers()
        for line in [*({"token": token} for token in ANSWER), {"paid": len(question) + len(ANSWER)}]:
            self.wfile.write(json.dumps(line).encode() + b"\n")
            time.sleep(0.03)

    def log_message(self, format: str, *args: Any) -> None:
        """Be quiet."""


@contextmanager
def provider() -> Generator[int]:
    """The port of a provider that answers while the body runs."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def ask(port: int, question: str) -> Iterator[dict[str, Any]]:
    """What the SDK of a provider does: ask, and give each piece when it is there."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("POST", "/", json.dumps({"question": question}))
        for line in connection.getresponse():
            yield json.loads(line)


def main() -> None:
    with provider() as port:

        def talk(state: MessagesState, writer: StreamWriter) -> Any:
            answer, id = "", None
            for piece in ask(port, state["messages"][-1].text):
                writer(piece)  # as it is, for the mode "custom"
                if token := piece.get("token"):
                    answer, id = answer + token, push_token(token)  # for the mode "messages"
            return {"messages": [AIMessage(answer, id=id)]}  # the same id: it has been shown

        graph = StateGraph(MessagesState).add_node(talk).add_edge(START, "talk").compile()
        question: Any = {"messages": [("user", "What is a stream?")]}

        print("custom, what the provider said:")
        for piece in graph.stream(question, stream_mode="custom"):
            print(" ", piece, flush=True)

        print("messages, what a chat window shows:")
        for message, metadata in graph.stream(question, stream_mode="messages"):
            print(f"  {metadata['langgraph_node']}: {message.text!r}", flush=True)


if __name__ == "__main__":
    main()
