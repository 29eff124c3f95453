"""The stream: text in, updates out."""

from __future__ import annotations

import codecs
import sys
from typing import Any, Literal, NoReturn, TypeAlias

from eventflow.errors import JsonLimitError, JsonStreamError, JsonTruncatedError
from eventflow.jsonstream.document import read_document
from eventflow.jsonstream.rules import (
    MAX_DEPTH,
    EndOfText,
    Fault,
    Find,
    Kind,
    Literals,
    Rules,
    Whole,
    at_least_one,
)
from eventflow.jsonstream.search import read_prose
from eventflow.jsonstream.tree import NOTHING, Frame, Position, value_at
from eventflow.jsonstream.update import Update

__all__ = ("JsonStream", "Status", "parse_partial")

Status: TypeAlias = Literal["open", "complete", "truncated", "invalid"]

_ERRORS: dict[Kind, type[JsonStreamError]] = {
    "invalid": JsonStreamError,
    "limit": JsonLimitError,
    "truncated": JsonTruncatedError,
}


class JsonStream:
    """Reads JSON while it is being written, in time linear in the text however it is cut.

    Arguments:
        find: where the JSON is. "document": the text is JSON. "fenced": the text is JSON, or has it in a
            markdown fence. "anywhere": or in the middle of other text, from the first bracket that is
            followed by a quote. Other text before and after is ignored, and so is what a model thinks aloud
            first, in a tag such as `<think>`.
        many: there may be several values, one after the other or one a line. The value is the list of them.
        strings: "prefix" shows what is there of a string that is open, "closed" holds it back.
        numbers: the same for numbers. `12` may become `123`.
        literals: "closed" holds `true`, `false` and `null` back until they are spelled out, "completed" shows
            them from the first letter.
        strict: refuse control characters in strings, as `json.loads` does. Models write line breaks there.
        repair: accept commas before closing brackets, strings in single quotes, comments, and the literals of
            Python.
        max_depth: how deep arrays and objects may nest.
        max_digits: how many digits a number may have.
        max_size: how many characters the text may have. None: any number.

    Raises ValueError if an option is none of these, or a limit is no whole number from 1 on.

    Always held back are keys without a value, half escapes, and the first half of a surrogate pair.

    A stream is fed by one thread at a time. Updates can be read anywhere, at any time.

    >>> stream = JsonStream()
    >>> for chunk in ['{"city": "Par', 'is", "sights": [', '{"name', '": "Louvre"}]}']:
    ...     update = stream.feed(chunk)
    ...     print(update and update.value)
    {'city': 'Par'}
    {'city': 'Paris', 'sights': []}
    {'city': 'Paris', 'sights': [{}]}
    {'city': 'Paris', 'sights': [{'name': 'Louvre'}]}
    >>> stream.close()
    """

    __slots__ = (
        "_decoder",
        "_error",
        "_generator",
        "_is_closed",
        "_line",
        "_line_start",
        "_max_size",
        "_offset",
        "_position",
        "_send",
    )

    def __init__(
        self,
        *,
        find: Find = "document",
        many: bool = False,
        strings: Whole = "prefix",
        numbers: Whole = "prefix",
        literals: Literals = "closed",
        strict: bool = False,
        repair: bool = False,
        max_depth: int = MAX_DEPTH,
        max_digits: int = 4300,
        max_size: int | None = None,
    ) -> None:
        rules = Rules(
            find=find,
            many=many,
            strings=strings,
            numbers=numbers,
            literals=literals,
            strict=strict,
            repair=repair,
            max_depth=max_depth,
            max_digits=max_digits,
        )
        root = Frame("", [])
        self._position: Position = (root, 0, None, NOTHING, 0, False)
        self._generator = (read_document if find == "document" else read_prose)(root, rules)
        self._send = self._generator.send
        self._decoder: codecs.IncrementalDecoder | None = None
        self._error: JsonStreamError | None = None
        self._is_closed = False
        self._max_size = sys.maxsize if max_size is None else at_least_one("max_size", max_size)
        self._offset = 0
        self._line = 1
        self._line_start = 0  # the offset of its first character
        next(self._generator)

    def __repr__(self) -> str:
        return f"<JsonStream {self.status} at character {self._offset}>"

    def feed(self, text: str | bytes) -> Update | None:
        """Read more of the text; bytes are UTF-8, and may be cut anywhere.

        Returns what this has brought, None if that is nothing that can be seen.

        Raises JsonStreamError at the first character that cannot be; `value` is what was read before it.
        Between other text that may be no JSON at all, and what is wrong with it is raised by `close`.
        Raises TypeError if it is neither text nor bytes.
        """
        if not isinstance(text, str):
            text = self._decode(text)
        offset = self._offset + len(text)
        if offset > self._max_size:
            text = self._up_to_limit(text)
        send = self._send
        try:
            after = send(text)
        except Fault as fault:
            raise self._fail(fault, text) from None
        except StopIteration:
            raise self._error or ValueError("the stream is closed: make another one") from None
        self._offset = offset
        if "\n" in text:
            self._line += text.count("\n")
            self._line_start = offset - len(text) + text.rindex("\n") + 1
        if after is None:
            return None
        before = self._position
        self._position = after
        return Update(before, after)

    def close(self) -> Update | None:
        """Tell that the text ends here.

        Returns what this has brought: the end of a number or of the list of several values, or None.

        Raises JsonTruncatedError if a value is open or there is none, JsonStreamError if what looked like one was
        none, and once more what `feed` has raised.
        """
        if self._error is not None:
            raise self._error
        if self._is_closed:
            return None
        if self._decoder is not None and self._decoder.getstate()[0]:
            raise self._fail(Fault("the text ends in the middle of a character", "", 0, "truncated"), "")
        before, changed = self._position, False
        try:
            while True:
                after = self._generator.throw(EndOfText())
                if after is not None:
                    changed = changed or after[5]
                    self._position = after
        except StopIteration:
            self._is_closed = True
        except Fault as fault:
            raise self._fail(fault, "") from None
        if self._position is before:
            return None
        self._position = (*self._position[:5], changed)
        return Update(before, self._position)

    @property
    def value(self) -> Any:
        """The value so far, None if nothing of it is there. Like that of an update it never changes."""
        value = value_at(self._position)
        return None if value is NOTHING else value

    @property
    def status(self) -> Status:
        """How it stands.

        - "open": more has to come, or can come.
        - "complete": the value is finished. Several values are when the stream is closed.
        - "truncated": the stream was closed too early.
        - "invalid": the text was refused.
        """
        if self._error is not None:
            return "truncated" if isinstance(self._error, JsonTruncatedError) else "invalid"
        frame, count = self._position[:2]
        return "complete" if frame.parent is None and count else "open"

    @property
    def error(self) -> JsonStreamError | None:
        """Why the text was refused, if it was."""
        return self._error

    @property
    def offset(self) -> int:
        """How many characters have been read."""
        return self._offset

    def _fail(self, fault: Fault, text: str) -> JsonStreamError:
        """End the stream; `text` is the chunk with the fault in it."""
        good = text[: len(text) - len(fault.text) + fault.index]
        offset = self._offset + len(good)
        line = self._line + good.count("\n")
        start = offset - len(good) + good.rindex("\n") + 1 if "\n" in good else self._line_start
        if fault.position is not None:
            self._position = fault.position
        self._generator.close()
        self._offset = offset
        self._error = _ERRORS[fault.kind](fault.reason, offset=offset, line=line, column=offset - start + 1)
        return self._error

    def _up_to_limit(self, text: str) -> NoReturn:
        self.feed(text[: self._max_size - self._offset])
        reason = f"the text has more than {self._max_size} characters"
        raise self._fail(Fault(reason, "", 0, "limit"), "")

    def _decode(self, data: object) -> str:
        if not isinstance(data, (bytes, bytearray)):
            raise TypeError(
                f"a stream is fed text or bytes, not {type(data).__name__}: of a message, feed its text"
            )
        if self._decoder is None:
            self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        try:
            return self._decoder.decode(data)
        except UnicodeDecodeError as error:
            self.feed(error.object[: error.start].decode("utf-8-sig" if self._offset == 0 else "utf-8"))
            raise self._fail(Fault(f"the text is not UTF-8: {error.reason}", "", 0), "") from None


def parse_partial(
    text: str | bytes,
    *,
    find: Find = "document",
    strict: bool = False,
    repair: bool = False,
) -> Any:
    """Read JSON that may be cut off, in one go. The arguments are those of `JsonStream`.

    Returns the value as far as it is there.

    Raises JsonStreamError if the text cannot be JSON, JsonTruncatedError if no value has begun in it.

    >>> parse_partial('{"city": "Par'), parse_partial('[1, 2, {"a')
    ({'city': 'Par'}, [1, 2, {}])
    """
    stream = JsonStream(find=find, strict=strict, repair=repair)
    if stream.feed(text) is None:
        stream.close()
    return stream.value
