"""What is measured of JSON that is still being written: a value after each chunk of four characters.

The peer is LangChain's `JsonOutputParser`. Its cost a chunk grows with what has come before, so its row is short:
at ten times the length it takes a hundred times as long.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from benchmarks.rows import Call, Library, Row

SIZE = 4
"""Characters in a chunk: about a token."""


def document(length: int) -> str:
    """An object of records, of about so many characters."""
    choose = random.Random(0)
    records: list[dict[str, object]] = []
    while 140 * len(records) < length:
        records.append(
            {
                "name": choose.choice(["France", "Spain", "Japan"]),
                "population": choose.randrange(10**8),
                "note": 'A country with a long history, and with "good" food.',
                "tags": ["north", "old"],
                "member": choose.random() < 0.5,
            }
        )
    return json.dumps({"countries": records})


def json_values(count: int) -> Callable[[Library], Call]:
    """All the values of a document while it is written, in so many chunks; it is cut off after the last."""

    def prepare(lib: Library) -> Call:
        text = document(count * SIZE)
        chunks = [text[n : n + SIZE] for n in range(0, count * SIZE, SIZE)]
        return (lambda: ours(chunks)) if lib.name == "eventflow" else (lambda: theirs(chunks))

    return prepare


def ours(chunks: list[str]) -> None:
    from eventflow.jsonstream import JsonStream

    stream = JsonStream()
    for chunk in chunks:
        update = stream.feed(chunk)
        if update is not None and update.changed:
            assert update.value is not None


def theirs(chunks: list[str]) -> None:
    from langchain_core.output_parsers import JsonOutputParser

    for value in JsonOutputParser().transform(iter(chunks)):
        assert value is not None


JSON_ROWS = (Row("JSON of 10 kB, a value after each chunk", "chunk", 2_500, json_values(2_500), 250, 1),)

JSON_GROWTH = (("JSON, a value after each chunk", "chunk", (2_500, 25_000, 250_000), json_values),)
"""Not quite flat: a value copies one pointer for each member of what is open, here a list of all the records."""
