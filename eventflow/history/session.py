"""`RunnableWithMessageHistory`: a chain that remembers what was said in a session."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from eventflow.drawing import Graph
from eventflow.events import Fold
from eventflow.history.base import BaseChatMessageHistory
from eventflow.history.turns import messages_of
from eventflow.messages import BaseMessage
from eventflow.runnables import (
    ConfigurableFieldSpec,
    Runnable,
    RunnableAssign,
    RunnableLambda,
    RunnableParallel,
    coerce_to_runnable,
)
from eventflow.runnables.fields import unique_specs
from eventflow.runnables.plan import plan
from eventflow.runnables.schema import Schema
from eventflow.runnables.seam import aclose_all, ajoin, close_all, join
from eventflow.runnables.shapes import model_of, object_of
from eventflow.runnables.structure import sequence_graph
from eventflow.runs import Run, RunnableConfig

__all__ = ("GetSessionHistory", "RunnableWithMessageHistory")

GetSessionHistory: TypeAlias = Callable[..., BaseChatMessageHistory]
"""What gives the store of a conversation for the values that name it."""

_SESSION: Final = ConfigurableFieldSpec(
    id="session_id",
    annotation=str,
    name="Session ID",
    description="Unique identifier for a session.",
    default="",
    is_shared=True,
)

_HISTORY: Final = "message_history"
"""Where in `config["configurable"]` the store is, for code inside."""


class RunnableWithMessageHistory(Runnable[Any, Any]):
    """Gives a chain the messages of its session, and keeps what is asked and answered.

    Which session that is, the config of each call says: `{"configurable": {"session_id": "..."}}`. A turn is
    kept when it is complete, question and answers at once; of a turn that fails, or a stream that is left
    early, nothing is kept. Messages of turns that run at the same time do not get mixed up.

    Arguments:
        runnable: takes messages, or a dict; gives text, a message, messages, or a dict with such in it.
        get_session_history: gives the store of a session, for its id; for several
            `history_factory_config`, for their values by name.
        input_messages_key: where in its input the new messages are, if that is a dict.
        output_messages_key: where in its output the answer is, if that is a dict.
        history_messages_key: where in its input it wants the messages of the session; unless given they come
            before the new ones.
        history_factory_config: the keys of `config["configurable"]` that name a session.

    Raises ValueError if `get_session_history` does not take the keys; when it is called, if the config does not
    have them, or if there are no messages in the input or the output.

    >>> from eventflow.history import InMemoryChatMessageHistory
    >>> sessions = {}
    >>> def session(session_id):
    ...     return sessions.setdefault(session_id, InMemoryChatMessageHistory())
    >>> chat = RunnableWithMessageHistory(RunnableLambda(lambda messages: f"That was {len(messages)}."), session)
    >>> ann = {"configurable": {"session_id": "ann"}}
    >>> chat.invoke("hi", ann), chat.invoke("again", ann)
    ('That was 1.', 'That was 3.')
    """

    blocking = False

    def __init__(
        self,
        runnable: Any,
        get_session_history: GetSessionHistory,
        *,
        input_messages_key: str | None = None,
        output_messages_key: str | None = None,
        history_messages_key: str | None = None,
        history_factory_config: Sequence[ConfigurableFieldSpec] | None = None,
        name: str | None = None,
    ) -> None:
        self.name = name
        self.bound: Runnable[Any, Any] = coerce_to_runnable(runnable)
        self.get_session_history = get_session_history
        self.input_messages_key = input_messages_key
        self.output_messages_key = output_messages_key
        self.history_messages_key = history_messages_key
        self.history_factory_config = (
            [_SESSION] if history_factory_config is None else [*history_factory_config]
        )
        self._keys = sorted(spec.id for spec in self.history_factory_config)
        self._found = _by_keys(get_session_history, self._keys)
        load: Runnable[Any, Any] = RunnableLambda(self._load, self._aload, name="load_history")
        if key := history_messages_key or input_messages_key:
            load = RunnableAssign(RunnableParallel({key: load}), name="insert_history")
        self._enter, self._call = plan([(load, "seq:step:1"), (_Call(self.bound), "seq:step:2")])

    # ---- what it is made of

    def inner_runnables(self) -> Sequence[Runnable[Any, Any]]:
        return [self.bound]

    def gives_snapshots(self, fed: bool) -> bool:
        return self.bound.gives_snapshots(False)

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        return unique_specs([*super().config_specs, *self.history_factory_config], of=type(self).__name__)

    @property
    def OutputType(self) -> Any:
        return self.bound.OutputType

    def get_input_schema(self, config: RunnableConfig | None = None) -> Schema:
        name, key = "RunnableWithChatHistoryInput", self.input_messages_key
        if key is None:
            return model_of(name, Sequence[BaseMessage])
        apart = self.history_messages_key is not None
        type_: Any = str | BaseMessage | Sequence[BaseMessage] if apart else Sequence[BaseMessage]
        return object_of(name, {key: (type_, ...)})

    def get_output_schema(self, config: RunnableConfig | None = None) -> Schema:
        return self.bound.get_output_schema(config)

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        return sequence_graph([self._enter.runnable, self.bound], config)

    # ---- a turn

    def _open(self, run: Run) -> BaseChatMessageHistory:
        """The store of the session, which is handed down to the runs below, too."""
        given = run.inherited.configurable
        if missing := [key for key in self._keys if key not in given]:
            example = dict.fromkeys(self._keys, "...")
            raise ValueError(
                f"Missing keys {missing} in config['configurable']. Expected keys are {self._keys}: they say which "
                f"session this is. Pass them with the call: .invoke(input, {{'configurable': {example}}})"
            )
        history = self._found({key: given[key] for key in self._keys})
        if not hasattr(history, "add_messages"):
            raise TypeError(
                f"get_session_history gave {type(history).__name__}: it has to give a BaseChatMessageHistory, such "
                "as InMemoryChatMessageHistory()"
            )
        run.inherited = run.inherited.extend({"configurable": {_HISTORY: history}})
        return history

    def _load(self, input: Any, config: RunnableConfig) -> list[BaseMessage]:
        history: BaseChatMessageHistory = config.get("configurable", {})[_HISTORY]
        return self._with_new([*history.messages], input)

    async def _aload(self, input: Any, config: RunnableConfig) -> list[BaseMessage]:
        history: BaseChatMessageHistory = config.get("configurable", {})[_HISTORY]
        return self._with_new([*(await history.aget_messages())], input)

    def _with_new(self, past: list[BaseMessage], input: Any) -> list[BaseMessage]:
        """The messages of the session, and the new ones unless the chain wants them apart."""
        asked = messages_of(input, "input", self.input_messages_key)
        return past if self.history_messages_key else past + asked

    def _turn(self, input: Any, output: Any) -> list[BaseMessage]:
        """What is kept of a turn."""
        asked = messages_of(input, "input", self.input_messages_key)
        return asked + messages_of(output, "output", self.output_messages_key)

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        history = self._open(run)
        entered = self._enter.runnable.invoke(input, self._enter.config(run))
        output = self._call.runnable.invoke(entered, self._call.config(run), **kwargs)
        history.add_messages(self._turn(input, output))
        return output

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        history = self._open(run)
        entered = await self._enter.runnable.ainvoke(input, self._enter.config(run))
        output = await self._call.runnable.ainvoke(entered, self._call.config(run), **kwargs)
        await history.aadd_messages(self._turn(input, output))
        return output

    def _do_transform(self, chunks: Iterator[Any], run: Run, **kwargs: Any) -> Iterator[Any]:
        history = self._open(run)
        input = join(chunks)
        output = Fold(snapshots=self.gives_snapshots(False))
        streams: list[Any] = []
        try:
            streams.append(self._enter.runnable.stream(input, self._enter.config(run)))
            streams.append(self._call.runnable.transform(streams[0], self._call.config(run), **kwargs))
            for chunk in streams[1]:
                output.add(chunk)
                yield chunk
        finally:
            close_all(streams)
        history.add_messages(self._turn(input, output.value()))

    async def _do_atransform(self, chunks: AsyncIterator[Any], run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        history = self._open(run)
        input = await ajoin(chunks)
        output = Fold(snapshots=self.gives_snapshots(False))
        streams: list[Any] = []
        try:
            streams.append(self._enter.runnable.astream(input, self._enter.config(run)))
            streams.append(self._call.runnable.atransform(streams[0], self._call.config(run), **kwargs))
            async for chunk in streams[1]:
                output.add(chunk)
                yield chunk
        finally:
            await aclose_all(streams)
        await history.aadd_messages(self._turn(input, output.value()))

    def __repr__(self) -> str:
        return f"RunnableWithMessageHistory({self.bound!r})"


class _Call(RunnableLambda[Any, Any]):
    """The chain in a run around it, as LangChain has it."""

    def __init__(self, bound: Runnable[Any, Any]) -> None:
        def choose(input: Any, **kwargs: Any) -> Runnable[Any, Any]:
            return bound.bind(**kwargs) if kwargs else bound

        super().__init__(choose, name="check_sync_or_async", blocking=False)
        self.bound = bound

    def gives_snapshots(self, fed: bool) -> bool:
        return self.bound.gives_snapshots(False)


def _by_keys(
    function: GetSessionHistory, keys: Sequence[str]
) -> Callable[[Mapping[str, Any]], BaseChatMessageHistory]:
    """What calls `function` with the values for `keys`: a single one in its first place, several by name.

    Raises ValueError if it does not take them, TypeError if it is a coroutine function.
    """
    if inspect.iscoroutinefunction(function):
        raise TypeError(
            f"get_session_history must not be a coroutine function, and {function!r} is: return the store at "
            "once, and let its aget_messages wait"
        )
    takes = inspect.signature(function)
    if len(keys) == 1:
        if not takes.parameters:
            return lambda _: function()
        if any(p.kind in _POSITIONAL for p in takes.parameters.values()):
            return lambda values: function(*values.values())
    try:
        takes.bind(**dict.fromkeys(keys))
    except TypeError as error:
        raise ValueError(
            f"get_session_history takes {list(takes.parameters)}, and history_factory_config names {keys}: {error}"
        ) from None
    return lambda values: function(**values)


_POSITIONAL: Final = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.VAR_POSITIONAL,
)
