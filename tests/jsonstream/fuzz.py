"""Looks for texts on which the stream is wrong, guided by what they reach. Run it by hand:

    pip install -e '.[fuzz]'
    python tests/jsonstream/fuzz.py -max_total_time=600 CORPUS

CORPUS is a directory that keeps what has been found worth a try. The first two bytes say how the text that follows
is cut, and with which options it is read.
"""

import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from types import FunctionType, ModuleType

from eventflow.errors import JsonLimitError, JsonStreamError
from eventflow.jsonstream import JsonStream, Update

DEPTH, DIGITS, SIZE = 12, 9, 96
"""Limits that texts of a few hundred characters can reach."""


class Read(JsonStream):
    """A stream that knows its options."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.find = options["find"]


def refuse(constant: str) -> None:
    raise ValueError(constant)


def check(data: bytes) -> None:
    """Read a text in pieces and whole, as text and as bytes, and with `json.loads`.

    >>> texts = ["[1]", "[1", "[01]", '"\\\\ud83d"', "nul", "[NaN]", "[" * 20, "1" * 20, '```\\n{"a": 1}', ""]
    >>> for text in [*map(str.encode, texts), b"\\xff", b'"\\xc3\\xa9"', b'"\\xc3']:
    ...     for n in range(0, 256, 5):
    ...         check(bytes([n, n]) + text)
    """
    how, size, text = data[0] if data else 0, data[1] % 9 if len(data) > 1 else 0, data[2:]
    options = options_of(how)
    whole = read([text], options)
    chunks = [text] if size == 0 else [text[n : n + size] for n in range(0, len(text), size)]
    assert outcome(read(chunks, options)) == outcome(whole)
    assert outcome(read([one for chunk in chunks for one in (b"", chunk)], options)) == outcome(whole)
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError:
        assert whole.status != "complete"
    else:
        assert outcome(read([decoded], options)) == outcome(whole)
        assert outcome(read([*decoded], options)) == outcome(whole)
        if is_plain(options) and not isinstance(whole.error, JsonLimitError):
            same_as_json(whole, decoded, strict=options["strict"])


def options_of(how: int) -> dict[str, object]:
    """The options of a stream, from a byte."""
    limits = {"max_depth": DEPTH, "max_digits": DIGITS, "max_size": SIZE} if how & 128 else {}
    return {
        "strict": bool(how & 1),
        "find": ("document", "document", "fenced", "anywhere")[how >> 1 & 3],
        "many": bool(how & 8),
        "repair": bool(how & 16),
        "strings": "closed" if how & 32 else "prefix",
        "numbers": "closed" if how & 64 else "prefix",
        "literals": "completed" if how & 64 else "closed",
        **limits,
    }


def is_plain(options: dict[str, object]) -> bool:
    return options["find"] == "document" and not options["many"] and not options["repair"]


def read(chunks: list[bytes] | list[str], options: dict[str, object]) -> Read:
    """Read chunks to the end, and see that what they bring is in order."""
    stream = Read(**options)
    updates = []
    seen = []
    error = None
    try:
        for chunk in [*chunks, None]:
            update = stream.close() if chunk is None else stream.feed(chunk)
            if update is not None:
                assert update.operations or options["find"] != "document"
                updates.append(update)
                seen.append((repr(update.value), update.operations))
    except JsonStreamError as raised:
        error = raised
    assert stream.error is error
    assert (stream.status == "complete") == (error is None)
    in_order(seen, updates)
    limits_hold(stream, options)
    closed_is_closed(stream)
    return stream


def in_order(seen: list[tuple[str, object]], updates: list) -> None:  # type: ignore[type-arg]
    """An update has not changed since it was given, and says whether the value has."""
    assert [(repr(update.value), update.operations) for update in updates] == seen
    for (before, update), (other, _) in zip(pairwise([None, *updates]), seen, strict=True):
        is_other = before is None or repr(before.value) != other
        assert update.changed == is_other or (update.changed and replaces(before.value, update))


def replaces(before: object, update: Update) -> bool:
    """Whether a key came again in an object, be it with an equal value, or a value was given up for another."""
    for operation in update.operations:
        if operation.kind == "add":
            value = before
            for key in operation.path:
                try:
                    value = value[key]
                except (LookupError, TypeError):
                    break
            else:
                return True
    return False


def limits_hold(stream: JsonStream, options: dict[str, object]) -> None:
    if "max_depth" in options:
        assert depth_of(stream.value) <= DEPTH + bool(options["many"])
        assert stream.offset <= SIZE


def depth_of(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth_of, inner), default=0)


def closed_is_closed(stream: JsonStream) -> None:
    """What was refused is refused again, and what is complete stays as it is."""
    before = outcome(stream)
    if stream.error is None:
        assert stream.close() is None
    for again in (stream.close, lambda: stream.feed(" ")):
        try:
            again()
        except (JsonStreamError, ValueError) as error:
            assert stream.error is None or error is stream.error  # noqa: PT017
        else:
            assert stream.error is None
            assert again == stream.close
    assert outcome(stream) == before


def same_as_json(stream: JsonStream, text: str, *, strict: object) -> None:
    try:
        expected = repr(json.loads(text, parse_constant=refuse, strict=bool(strict)))
    except (ValueError, RecursionError):
        assert stream.status in {"invalid", "truncated"}, stream.value
    else:
        assert (stream.status, repr(stream.value)) == ("complete", expected), (outcome(stream), expected)


def outcome(stream: JsonStream) -> tuple[str, str, str]:
    """How it ended. Between other text, what turned out to be no value is shown until there is a better one."""
    is_stale = stream.status != "complete" and stream.find != "document"
    return stream.status, str(stream.error), "" if is_stale else repr(stream.value)


def functions_of(module: ModuleType) -> Iterator[FunctionType]:
    """The functions that are written in a module, those in its classes as well."""
    for thing in vars(module).values():
        if getattr(thing, "__module__", None) == module.__name__:
            inner = vars(thing).values() if isinstance(thing, type) else [thing]
            for one in inner:
                function = one.fget if isinstance(one, property) else one
                if isinstance(function, FunctionType):
                    yield function


def main() -> None:
    import atheris

    for name, module in [*sys.modules.items()]:
        if name.startswith("eventflow.jsonstream."):
            for function in functions_of(module):
                atheris.instrument_func(function)
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
