"""`attach_parser`: what a parser makes of the answers of models, told as custom events of their runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final, Literal, TypeAlias, cast

from typing_extensions import ReadOnly, TypedDict, Unpack

from eventflow.bus import FilterOptions, Subscription
from eventflow.errors import OutputParserException, SubscriptionError
from eventflow.events import Event, RunInfo
from eventflow.events.snapshots import Snapshot
from eventflow.messages import BaseMessage
from eventflow.parsers.transform import IncrementalOutputParser
from eventflow.subscribers.attached import attach_reader
from eventflow.subscribers.model_json import text_of

__all__ = ("PARSED", "ParsedData", "attach_parser")

PARSED: Final = "parsed"
"""The name of the events, unless another one is given."""

ParsedStatus: TypeAlias = Literal["open", "complete", "invalid"]


class ParsedData(TypedDict):
    """The `data` of the events of `attach_parser`.

    `run_id` is that of the model, `value` what the parser gives: what is there so far, or with `diff` what has
    changed. `status` is "open" until the last event, which is "complete", or "invalid" with the `error`.
    """

    run_id: ReadOnly[str]
    value: ReadOnly[Any]
    status: ReadOnly[ParsedStatus]
    error: ReadOnly[str | None]


def attach_parser(
    parser: IncrementalOutputParser[Any], *, name: str = PARSED, **filters: Unpack[FilterOptions]
) -> Subscription:
    """Let a parser read along with models, and tell what it gives, without being part of their chains.

    Each model that passes the filters tells an `on_custom_event` with the name `parsed` whenever the parser
    gives something for what has come; the `data` are a `ParsedData`. What the parser refuses is said once; the
    run goes on as ever.

    Arguments:
        parser: a parser of JSON or of tool calls, such as `PydanticOutputParser(..., partial=True)`.
        name: another name for the events.
        filters: which models, as `subscribe` takes them.

    Returns:
        A handle whose `close()` ends it; also a context manager.

    Raises SubscriptionError if it is another parser, or an argument makes no sense.

    >>> from eventflow import JsonOutputParser, ScriptedChatModel, subscribe
    >>> model = ScriptedChatModel(['{"city": "Par', 'is"}'])
    >>> with attach_parser(JsonOutputParser(diff="compact")):
    ...     with subscribe(lambda e: print(e["data"]["value"]), include_names=["parsed"]):
    ...         answer = model.invoke("Which city?")
    [{'op': 'replace', 'path': '', 'value': {'city': 'Par'}}]
    [{'op': 'append', 'path': '/city', 'value': 'is'}]
    []
    """
    if not isinstance(parser, IncrementalOutputParser):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise SubscriptionError(
            f"{parser!r:.60} cannot read along: give a parser of JSON or of tool calls, such as "
            "JsonOutputParser(), or put it behind the model"
        )
    try:
        parser.new_reader()
    except TypeError as error:
        raise SubscriptionError(f"{error}, so it cannot read along: put it behind the model") from error
    return attach_reader(name, partial(_Reading, parser), **filters)


class _Reading:
    """Reads one answer."""

    def __init__(self, parser: IncrementalOutputParser[Any], info: RunInfo) -> None:
        self._info = info
        self._reader = parser.new_reader()
        self._key = (_Reading, id(parser))
        self._replaces = parser.gives_snapshots(fed=False)
        self._last: Any = None
        self._is_fed = False
        self._is_over = False

    def read(self, event: Event) -> Sequence[ParsedData]:
        is_nothing = event.phase == "error" and not self._is_fed
        return () if self._is_over or is_nothing else [*self._read(event)]

    def _read(self, event: Event) -> Iterator[ParsedData]:
        try:
            if event.phase == "stream" or (event.phase == "end" and not self._is_fed):
                self._is_fed = True
                for value in self._reader.feed(_said(event.data)):
                    yield self._part(value, "open")
            if event.phase != "stream":
                *more, last = self._reader.close() or [self._last if self._replaces else []]
                for value in more:
                    yield self._part(value, "open")
                yield self._part(last, "complete")
        except OutputParserException as error:
            yield self._part(self._last if self._replaces else [], "invalid", str(error))

    def _part(self, value: Any, status: ParsedStatus, error: str | None = None) -> ParsedData:
        self._last = value
        self._is_over = status != "open"
        part: dict[str, Any] = {
            "run_id": self._info.run_id,
            "value": value,
            "status": status,
            "error": error,
        }
        return cast("ParsedData", Snapshot(part, key=self._key) if self._replaces else part)


def _said(data: Any) -> str | BaseMessage:
    return data if isinstance(data, BaseMessage) else text_of(data)
