"""What is measured of JSON that is still being written: a value after each chunk of four characters.

The peer is LangChain's `JsonOutputParser`. Its cost a chunk grows with what has come before, and of JSON in a fence
with the square of that, so its rows are short. `python -m benchmarks.json_table` prints longer texts, other chunks,
and other readers.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from benchmarks.rows import Call, Library, Row

SIZE = 4
"""Characters in a chunk: about a token."""

WORDS = ("a", "text", "of", "words,", "and", '"quotes",', "that", "goes", "on", "for", "many", "lines\n")


def document(kind: str, length: int) -> str:
    """A text of JSON, of about so many characters: "records", "prose" in paragraphs, or "one string"."""
    choose = random.Random(0)
    if kind == "one string":
        return json.dumps({"text": ("a long text without an end " * (length // 27 + 1))[:length]})
    rows: list[object] = []
    size = 0
    while size < length:
        rows.append(record(choose) if kind == "records" else " ".join(choose.choices(WORDS, k=80)))
        size += len(json.dumps(rows[-1])) + 2
    return json.dumps({"countries" if kind == "records" else "paragraphs": rows})


def record(choose: random.Random) -> dict[str, object]:
    """An object such as applications ask models for."""
    return {
        "name": choose.choice(["France", "Spain", "Japan"]),
        "population": choose.randrange(10**8),
        "area": round(choose.uniform(100, 10**6), 1),
        "capital": {"name": choose.choice(["Paris", "Madrid", "Tokyo"]), "mayor": None},
        "languages": ["one", "another"],
        "member": choose.random() < 0.5,
    }


def chunked(count: int, before: str = "") -> list[str]:
    """Records in exactly so many chunks; the last are white space."""
    length = count * SIZE
    return pieces((before + document("records", length - len(before) - 400)).ljust(length))


def pieces(text: str, size: int = SIZE) -> list[str]:
    """A text in chunks."""
    return [text[n : n + size] for n in range(0, len(text), size)]


def json_values(count: int) -> Callable[[Library], Call]:
    """All the values of a document while it is written, in so many chunks."""

    def prepare(lib: Library) -> Call:
        chunks = chunked(count)
        return (lambda: with_values(chunks)) if lib.name == "eventflow" else (lambda: parsed(chunks))

    return prepare


def fenced_values(count: int) -> Callable[[Library], Call]:
    """The same with a sentence before, and in a fence."""

    def prepare(lib: Library) -> Call:
        chunks = chunked(count, "Here you are:\n```json\n")
        mine = lib.name == "eventflow"
        return (lambda: with_values(chunks, find="anywhere")) if mine else (lambda: parsed(chunks))

    return prepare


def tool_values(count: int) -> Callable[[Library], Call]:
    """The arguments of a tool call in so many messages, a value after each."""

    def prepare(lib: Library) -> Call:
        if lib.name == "eventflow":
            from eventflow import AIMessageChunk, JsonOutputToolsParser
        else:
            from langchain_core.messages import AIMessageChunk
            from langchain_core.output_parsers import JsonOutputToolsParser
        messages = [
            AIMessageChunk(
                content="",
                tool_call_chunks=[
                    {
                        "type": "tool_call_chunk",
                        "name": None if n else "save",
                        "id": None if n else "1",
                        "args": piece,
                        "index": 0,
                    }
                ],
            )
            for n, piece in enumerate(chunked(count))
        ]

        def call() -> None:
            for value in JsonOutputToolsParser().transform(iter(messages)):
                assert value is not None

        return call

    return prepare


def unread(count: int) -> Callable[[Library], Call]:
    """A document in so many chunks, of which nobody reads a value."""

    def prepare(_: Library) -> Call:
        chunks = chunked(count)
        return lambda: not_read(chunks)

    return prepare


def with_operations(count: int) -> Callable[[Library], Call]:
    """A document in so many chunks, with what each of them does."""

    def prepare(_: Library) -> Call:
        chunks = chunked(count)
        return lambda: operations(chunks)

    return prepare


def not_read(chunks: list[str]) -> None:
    from eventflow.jsonstream import JsonStream

    stream = JsonStream()
    for chunk in chunks:
        stream.feed(chunk)


def with_values(chunks: list[str], **options: Any) -> None:
    from eventflow.jsonstream import JsonStream

    stream = JsonStream(**options)
    for chunk in chunks:
        update = stream.feed(chunk)
        if update is not None and update.changed:
            assert update.value is not None


def operations(chunks: list[str]) -> None:
    from eventflow.jsonstream import JsonStream

    stream = JsonStream()
    for chunk in chunks:
        update = stream.feed(chunk)
        if update is not None:
            assert update.operations


def parsed(chunks: list[str]) -> None:
    from langchain_core.output_parsers import JsonOutputParser

    for value in JsonOutputParser().transform(iter(chunks)):
        assert value is not None


JSON_ROWS = (
    Row("JSON of 10 kB, a value after each chunk", "chunk", 2_500, json_values(2_500), 250, 2),
    Row("JSON of 1 kB in a fence", "chunk", 250, fenced_values(250), 500, 2),
    Row("JSON as tool arguments of 2 kB, message by message", "message", 500, tool_values(500), 10, 1),
)

_SIZES = (2_500, 25_000, 250_000)

JSON_GROWTH = (
    ("JSON, not read", "chunk", _SIZES, unread),
    ("JSON, a value after each chunk", "chunk", _SIZES, json_values),
    ("JSON, its operations after each chunk", "chunk", _SIZES, with_operations),
    ("JSON in a fence, a value after each chunk", "chunk", _SIZES, fenced_values),
    ("JSON as tool arguments, message by message", "message", (250, 2_500, 25_000), tool_values),
)
"""Values are not quite flat: each copies one pointer for each member of what is open, here a list of all records."""
