"""What a model writes, as JSON that grows: its text, and the arguments of each tool that it calls.

Rules for this file:
1. Each character is read once, and a snapshot, once given, never changes.
2. What is no JSON is said once, and nothing is raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from types import NoneType
from typing import Any, Literal, TypeAlias, cast

from typing_extensions import ReadOnly, TypedDict

from eventflow.errors import JsonStreamError
from eventflow.events import Event, RunInfo
from eventflow.events.snapshots import Snapshot
from eventflow.jsonstream import JsonStream, Update
from eventflow.messages import AIMessage, AIMessageChunk, ToolCallChunk
from eventflow.messages.growing import GrowingCall, GrowingCalls
from eventflow.messages.tool_calls import to_chunks

__all__ = ("JsonStatus", "ModelJson", "PartialJsonData", "ToolCallPlace", "text_of")

JsonStatus: TypeAlias = Literal["open", "complete", "truncated", "invalid", "absent"]
"""How a value stands: it grows, is finished, ended too early, is not JSON; or there is none in the text."""


class ToolCallPlace(TypedDict):
    """Which tool call of a message: its `index` in the message, and its `id` and `name` as far as they have come."""

    index: ReadOnly[int | str | None]
    id: ReadOnly[str | None]
    name: ReadOnly[str]


class PartialJsonData(TypedDict):
    """The `data` of a `partial_json` event, and what the stream mode of that name yields.

    `run_id` is that of the model. `tool_call` says whose arguments they are; None for JSON in the text. `value`
    is what is there, the whole of it; `path` is where everything is that has changed, and `completed` what has
    been finished, inner before outer: both are keys and indexes, and [] is the whole. `status` is "open" until
    the last snapshot, whose `error` says what is wrong, if it is not "complete".
    """

    run_id: ReadOnly[str]
    tool_call: ReadOnly[ToolCallPlace | None]
    value: ReadOnly[Any]
    path: ReadOnly[list[str | int]]
    completed: ReadOnly[list[list[str | int]]]
    status: ReadOnly[JsonStatus]
    error: ReadOnly[str | None]


class _Part(Snapshot):
    """One snapshot; what stands for two has the paths of both."""

    __slots__ = ()

    def after(self, older: Snapshot) -> Snapshot:
        pairs = zip(older["path"], self["path"], strict=False)
        path = [key for key, _ in takewhile(lambda keys: keys[0] == keys[1], pairs)]
        return _Part(
            {**self, "path": path, "completed": older["completed"] + self["completed"]}, key=self.key
        )


class ModelJson:
    """Reads what one run of a model tells, and gives what there is to tell of it.

    >>> reader = ModelJson(RunInfo("r1", "model", "chat_model"))
    >>> for text in ('{"city": "Par', 'is"', "}"):
    ...     for part in reader.read(Event("stream", reader.info, AIMessageChunk(text))):
    ...         print(part["value"], part["completed"], part["status"])
    {'city': 'Par'} [] open
    {'city': 'Paris'} [['city']] open
    {'city': 'Paris'} [[]] complete
    """

    def __init__(self, info: RunInfo) -> None:
        self.info = info
        self._text: JsonStream | None = None
        self._calls = GrowingCalls()
        self._ended: set[JsonStream] = set()
        """Those whose last snapshot has been given."""
        self._is_streamed = False

    def read(self, event: Event) -> Sequence[PartialJsonData]:
        """What a chunk, the end or the error of the run has brought."""
        if event.phase == "stream":
            self._is_streamed = True
            chunk: Any = event.data
            parts = self._read(chunk, chunk.tool_call_chunks if isinstance(chunk, AIMessageChunk) else ())
            return [*parts, *self._close()] if _is_last(chunk) else parts
        if event.phase == "error" or self._is_streamed:
            return self._close()
        whole: Any = event.data
        pieces = to_chunks(whole.tool_calls, whole.invalid_tool_calls) if isinstance(whole, AIMessage) else ()
        return [
            *self._read(whole, [{**piece, "index": at} for at, piece in enumerate(pieces)]),
            *self._close(),
        ]

    def _read(self, said: Any, pieces: Iterable[ToolCallChunk]) -> list[PartialJsonData]:
        parts = self._read_text(text) if (text := text_of(said)) else []
        for piece in pieces:
            parts += self._read_call(piece)
        return parts

    def _read_text(self, text: str) -> list[PartialJsonData]:
        if self._text is None:
            self._text = JsonStream(find="anywhere")
        if self._text in self._ended:
            return []
        try:
            update = self._text.feed(text)
        except JsonStreamError as error:
            return [self._part(self._text, "invalid", error=str(error))]
        # A number or a quotation at the beginning of a text may go on as a sentence.
        if update is None or not isinstance(update.value, (dict, list, NoneType)):
            return []
        return [self._part(self._text, "complete" if update.complete else "open", update)]

    def _read_call(self, piece: ToolCallChunk) -> list[PartialJsonData]:
        call, is_new = self._calls.add(piece)
        if call.stream in self._ended:
            return []
        if call.error is not None:
            return [self._part(call.stream, "invalid", call=call, error=call.error)]
        if not is_new and call.update is None:
            return []
        is_complete = call.update is not None and call.update.complete
        return [self._part(call.stream, "complete" if is_complete else "open", call.update, call)]

    def _close(self) -> list[PartialJsonData]:
        """How all that is open has ended."""
        streams: list[tuple[JsonStream, GrowingCall | None]] = [(c.stream, c) for c in self._calls.calls]
        if self._text is not None:
            streams.insert(0, (self._text, None))
        return [self._end(stream, call) for stream, call in streams if stream not in self._ended]

    def _end(self, stream: JsonStream, call: GrowingCall | None) -> PartialJsonData:
        try:
            update = stream.close()
        except JsonStreamError as error:
            if call is not None and not stream.offset:  # no arguments are none
                return self._part(stream, "complete", call=call)
            is_begun = call is not None or stream.value is not None
            status: JsonStatus = "absent" if not is_begun else stream.status
            return self._part(stream, status, call=call, error=str(error))
        return self._part(stream, "complete", update, call)

    def _part(
        self,
        stream: JsonStream,
        status: JsonStatus,
        update: Update | None = None,
        call: GrowingCall | None = None,
        error: str | None = None,
    ) -> PartialJsonData:
        if status != "open":
            self._ended.add(stream)
        path: list[str | int] = []
        completed: list[list[str | int]] = [[]] if status == "complete" else []
        value = stream.value if update is None else update.value
        if update is not None:
            path = [*update.path]
            completed = [[*one] for one in update.completed]
        place: Any = call and {"index": call.index, "id": call.id, "name": call.name}
        part: PartialJsonData = {
            "run_id": self.info.run_id,
            "tool_call": place,
            "value": value if call is None else call.args,
            "path": path,
            "completed": completed,
            "status": status,
            "error": error,
        }
        return cast("PartialJsonData", _Part(part, key=(_Part, id(stream))))


def _is_last(chunk: object) -> bool:
    return isinstance(chunk, AIMessageChunk) and chunk.chunk_position == "last"


def text_of(said: Any) -> str:
    """The text of a message or chunk, or of the first answer of a text model."""
    text = said if isinstance(said, str) else getattr(said, "text", None)
    if isinstance(text, str):
        return text
    answers: Any = cast("Mapping[str, Any]", said).get("generations") if isinstance(said, Mapping) else None
    return answers[0][0]["text"] if answers else ""
