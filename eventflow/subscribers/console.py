"""`ConsoleTree`: what runs, as it runs, as an indented tree with times."""

from __future__ import annotations

import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, TextIO, cast

from eventflow.events import MISSING, StreamEvent
from eventflow.subscribers.ink import Shade, Span, is_terminal, painted, wants_color
from eventflow.subscribers.outline import count_of
from eventflow.subscribers.reading import (
    Reading,
    attempt,
    cache_hit,
    failure,
    mapping_of,
    piece,
    read,
    was_cancelled,
)
from eventflow.subscribers.text import escaped, shortened, shown
from eventflow.subscribers.typing_line import TypingLine

__all__ = ("ConsoleTree",)

_WIDTH: Final = 100
_LONGEST_NAME: Final = 40
_SHORTEST_VALUE: Final = 20
_DEEPEST: Final = 20
"""Runs below this depth are indented no further."""
_MOST_RUNS: Final = 10_000
"""As many runs are remembered of those whose end has not been told."""

_MODELS: Final = frozenset({"chat_model", "llm"})
_SHADES: Final[dict[str, Shade]] = {
    "chain": "blue",
    "chat_model": "magenta",
    "llm": "magenta",
    "prompt": "cyan",
    "parser": "cyan",
    "tool": "yellow",
    "retriever": "green",
}


class _Progress:
    """How far a run has come."""

    __slots__ = ("began", "chunks", "unwritten")

    def __init__(self, began: float | None) -> None:
        self.began = began
        self.chunks = 0
        self.unwritten = ""
        """What its model has said and is not on the screen yet."""


class ConsoleTree:
    """A subscriber that prints what runs, as it runs, as an indented tree.

    A run has a line when it starts, with its kind, name and input, and one when it ends, with the time it
    took, its chunks, and its output if that was not streamed. The text of a model is written as it comes. Of
    models that talk at once one has the line, and what the others say follows when they end. Errors are red,
    cancellations marked; long values are shortened, and control characters written out, so that no text can
    disturb the terminal.

    Arguments:
        stream: where to print; standard output as it is now, if None.
        color: whether to paint; if None, when the stream is a terminal and NO_COLOR is not set.
        width: characters a line; if None, as many as the terminal has, or 100.
        clock: what tells the time, in seconds.

    >>> from eventflow import RunnableLambda, subscribe
    >>> chain = RunnableLambda(str.split, name="split") | RunnableLambda(len, name="count")
    >>> with subscribe(ConsoleTree(clock=lambda: 0.0)):
    ...     words = chain.invoke("to be or not")
    ╭ chain RunnableSequence ← "to be or not"
    │ ╭ chain split ← "to be or not"
    │ ╰ chain split 0.0 ms → ["to", "be", "or", "not"]
    │ ╭ chain count ← ["to", "be", "or", "not"]
    │ ╰ chain count 0.0 ms → 4
    ╰ chain RunnableSequence 0.0 ms → 4
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        color: bool | None = None,
        width: int | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._stream = sys.stdout if stream is None else stream
        self._color = wants_color(self._stream) if color is None else color
        self._width = _width_of(self._stream) if width is None else width
        self._clock = clock
        self._runs: OrderedDict[str, _Progress] = OrderedDict()
        self._typist = ""
        """The run whose text is on the line that is not finished; empty if there is none."""
        self._typing = TypingLine("", self._width)
        self._printing = threading.RLock()
        self._tell: dict[str, Callable[[Reading], None]] = {
            "start": self._start,
            "stream": self._chunk,
            "end": self._end,
            "error": self._error,
        }

    def __call__(self, event: StreamEvent) -> None:
        reading = read(event)
        with self._printing:
            self._tell.get(reading.phase, self._other)(reading)

    # ---- what to say, by phase

    def _start(self, event: Reading) -> None:
        self._runs[event.run_id] = _Progress(self._clock())
        if len(self._runs) > _MOST_RUNS:
            self._runs.popitem(last=False)
        self._line(event, "╭", (), "←", _input_of(event))

    def _chunk(self, event: Reading) -> None:
        run = self._runs.setdefault(event.run_id, _Progress(None))
        run.chunks += 1
        if event.kind in _MODELS:
            run.unwritten += piece(event.data.get("chunk"))
            # The first piece waits for the second, for it sets the steps behind going, and they print lines.
            if run.chunks > 1 and self._typist in ("", event.run_id):
                self._type(event, run)

    def _end(self, event: Reading) -> None:
        run = self._finished(event)
        output = MISSING if run.chunks else event.data.get("output", MISSING)
        self._line(event, "╰", self._measures(run), "→", output)

    def _error(self, event: Reading) -> None:
        run = self._finished(event)
        error = event.data.get("error")
        kind, message = failure(error)
        if was_cancelled(error):
            mark, told = Span("■", "yellow"), Span(f"cancelled ({escaped(kind)})", "yellow")
        else:
            told = Span(shortened(escaped(f"{kind}: {message}"), self._width), "red")
            mark = Span("✖", "red")
        self._line(event, mark, (*self._measures(run), told))

    def _other(self, event: Reading) -> None:
        """A new attempt, a kept answer, or an event of the user's own, below their run; or one that is not known."""
        for sign, told in (("↻", attempt(event)), ("=", cache_hit(event))):
            if told:
                words = Span(shortened(escaped(told), self._width), "yellow")
                self._line(event, Span(sign, "yellow"), (words,), below=True)
                return
        self._line(event, Span("◆" if event.phase else "?", "yellow"), (), "", event.data, below=True)

    def _finished(self, event: Reading) -> _Progress:
        run = self._runs.pop(event.run_id, None) or _Progress(None)
        if run.unwritten:
            self._type(event, run)
        return run

    def _measures(self, run: _Progress) -> tuple[Span, ...]:
        took = "" if run.began is None else _milliseconds(self._clock() - run.began)
        measures = " · ".join(filter(None, (took, count_of(run.chunks))))
        return (Span(measures, "green"),) if measures else ()

    # ---- how to print it

    def _line(
        self,
        event: Reading,
        mark: str | Span,
        facts: tuple[Span, ...],
        arrow: str = "",
        value: object = MISSING,
        *,
        below: bool = False,
    ) -> None:
        """One line: the tree, the run, what is known of it, and as much of a value as there is room for."""
        shade = _SHADES.get(event.kind, "plain")
        mark = mark if isinstance(mark, Span) else Span(mark, shade)
        kind = () if below else (Span(event.kind, shade),)
        spans = [mark, *kind, Span(_name(event), "bold"), *facts]
        guides = _guides(len(event.parent_ids) + below)
        if value is not MISSING:
            used = len(guides) + sum(len(span.text) + 1 for span in spans) + len(arrow) + bool(arrow)
            room = max(self._width - used, _SHORTEST_VALUE)
            spans += [Span(arrow, "dim")] * bool(arrow) + [Span(shown(value, room), "dim")]
        self._break()
        self._write(self._paint(guides, "dim") + " ".join(self._paint(*span) for span in spans) + "\n")

    def _type(self, event: Reading, run: _Progress) -> None:
        """Write what a model has said, on its line if it has one."""
        if self._typist != event.run_id:
            self._break()
            self._begin(event)
        text, run.unwritten = run.unwritten, ""
        self._write(self._typing.type(text))

    def _begin(self, event: Reading) -> None:
        """Begin a line for the text of a model: its name in the margin, and then only the margin."""
        guides, name = _guides(len(event.parent_ids) + 1), _name(event)
        left, edge = self._paint(guides, "dim"), self._paint(" ┆ ", _SHADES.get(event.kind, "plain"))
        self._typist = event.run_id
        self._typing = TypingLine(left + " " * len(name) + edge, self._width - len(guides) - len(name) - 3)
        self._write(left + self._paint(name, "dim") + edge)

    def _break(self) -> None:
        """End the line of text that somebody else is typing."""
        if self._typist:
            self._typist = ""
            self._write("\n")

    def _paint(self, text: str, shade: Shade) -> str:
        return painted(Span(text, shade), self._color)

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
        except UnicodeEncodeError as error:  # an old console; it gets the rest written out
            self._stream.write(text.encode(error.encoding, "backslashreplace").decode(error.encoding))
        self._stream.flush()


def _guides(depth: int) -> str:
    return "│ " * min(depth, _DEEPEST)


def _input_of(event: Reading) -> object:
    """What a run was given; for a chat model the conversation, without what is packed around it."""
    given: object = event.data.get("input", MISSING)
    batches: object = mapping_of(given).get("messages")
    if event.kind == "chat_model" and isinstance(batches, list) and len(cast("list[object]", batches)) == 1:
        return cast("list[object]", batches)[0]
    return given


def _name(event: Reading) -> str:
    return shortened(escaped(event.name), _LONGEST_NAME)


def _milliseconds(seconds: float) -> str:
    """
    >>> _milliseconds(0.00123), _milliseconds(1.5)
    ('1.2 ms', '1,500 ms')
    """
    return f"{seconds * 1000:,.1f} ms" if seconds < 0.1 else f"{seconds * 1000:,.0f} ms"


def _width_of(stream: TextIO) -> int:
    import shutil  # here, since it brings compression along

    return shutil.get_terminal_size((_WIDTH, 24)).columns if is_terminal(stream) else _WIDTH
