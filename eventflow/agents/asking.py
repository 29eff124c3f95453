"""The node that asks the model, and the one that asks it for a value in the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from eventflow.agents.history import check_history
from eventflow.agents.models import AgentModel, chat_model_of
from eventflow.agents.state import LLM_INPUT, read, with_messages
from eventflow.graph.nodes import Node, NodeFunction
from eventflow.graph.state import StateSchema
from eventflow.graph.task import Task
from eventflow.messages import AIMessage, BaseMessage, SystemMessage
from eventflow.runnables.callable import UserFunction
from eventflow.runnables.narrow import is_runnable
from eventflow.runs import Run, current_run

__all__ = ("Asking", "Chooser", "Prompt", "Structuring")

NO_STEPS_LEFT: Final = "Sorry, need more steps to process this request."

Prompt = str | SystemMessage | Callable[..., Any] | None
"""What stands before the conversation, or makes of the state what the model is asked."""


def _task() -> Task:
    """The task of the node that this code is."""
    return cast("Task", cast("Run", current_run()).source)


class Chooser:
    """Which model is asked: always the same one, or the one that a function of the state and the runtime chooses."""

    def __init__(self, given: AgentModel | Callable[..., Any]) -> None:
        self._fixed: AgentModel | None = None
        self._node: Node | None = None
        if is_runnable(given):
            self._fixed = given
        else:
            self._node = Node("model", _named(cast("Callable[..., Any]", given)), StateSchema(dict))

    def model(self, state: Any) -> AgentModel:
        """The model for this state. Raises TypeError if the function gave none."""
        return self._fixed or _checked(cast("Node", self._node).invoke(state, _task()))

    async def amodel(self, state: Any) -> AgentModel:
        """The same, awaited."""
        return self._fixed or _checked(await cast("Node", self._node).ainvoke(state, _task()))


def _checked(chosen: Any) -> AgentModel:
    if is_runnable(chosen):
        return chosen
    raise TypeError(f"the function that chooses the model returned {chosen!r}: it has to return a chat model")


def _named(choose: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the name by which its second argument is given, whatever that is called."""
    if UserFunction(choose).colour == "coroutine":

        async def achosen(state: Any, runtime: Any) -> Any:
            return await choose(state, runtime)

        return achosen

    def chosen(state: Any, runtime: Any) -> Any:
        return choose(state, runtime)

    return chosen


class Asking:
    """The node that asks the model.

    Arguments:
        chooser: which model.
        prompt: what stands before the conversation, or makes of the state what the model is asked.
        name: who the answers are from.
        needed: how many steps have to be left for tools to be called, and the model to be told.
    """

    def __init__(self, chooser: Chooser, prompt: Any, name: str | None, needed: int) -> None:
        self._chooser = chooser
        self._system = SystemMessage(prompt) if isinstance(prompt, str) else prompt
        self._node: Node | None = None
        if prompt is not None and not isinstance(self._system, SystemMessage):
            if not callable(prompt) and not is_runnable(prompt):
                raise TypeError(
                    f"prompt={prompt!r}: give a text, a SystemMessage, or a function or runnable that makes of the "
                    "state what the model is asked"
                )
            self._node = Node("prompt", prompt, StateSchema(dict))
        self._name = name
        self._needed = needed

    def as_node(self) -> NodeFunction:
        """As a node of a graph."""
        return NodeFunction(self.ask, self.aask)

    def ask(self, state: Any) -> dict[str, Any]:
        """Ask the model for the next message."""
        seen = self._seen(state)
        model = self._chooser.model(seen)
        asked = self._asked(seen) if self._node is None else self._node.invoke(seen, _task())
        return self._given(state, model.invoke(asked))

    async def aask(self, state: Any) -> dict[str, Any]:
        """The same, awaited."""
        seen = self._seen(state)
        model = await self._chooser.amodel(seen)
        asked = self._asked(seen) if self._node is None else await self._node.ainvoke(seen, _task())
        return self._given(state, await model.ainvoke(asked))

    def _seen(self, state: Any) -> Any:
        """The state with what the model is asked as its messages. Raises ValueError if providers would refuse it."""
        instead: Sequence[BaseMessage] = read(state, LLM_INPUT) or ()
        messages: Sequence[BaseMessage] = instead or read(state, "messages") or ()
        check_history(messages)
        return with_messages(state, messages) if instead else state

    def _asked(self, state: Any) -> list[BaseMessage]:
        messages: Sequence[BaseMessage] = read(state, "messages") or ()
        return [*messages] if self._system is None else [self._system, *messages]

    def _given(self, state: Any, answer: BaseMessage) -> dict[str, Any]:
        """What the node writes. If there are not enough steps left to call tools, the agent says so."""
        left = read(state, "remaining_steps")
        if left is not None and left < self._needed and isinstance(answer, AIMessage) and answer.tool_calls:
            answer = AIMessage(NO_STEPS_LEFT, id=answer.id)
        if self._name is not None and answer.name != self._name:
            answer = answer.model_copy(update={"name": self._name})
        return {"messages": [answer]}


class Structuring:
    """The node that asks the model to say the answer as a value.

    Arguments:
        chooser: which model.
        schema: what the value is; or a pair of a system prompt and that.
    """

    def __init__(self, chooser: Chooser, schema: Any) -> None:
        self._chooser = chooser
        self._system: SystemMessage | None = None
        if isinstance(schema, tuple):
            prompt, schema = cast("tuple[str, Any]", schema)
            self._system = SystemMessage(prompt)
        self._schema = schema

    def as_node(self) -> NodeFunction:
        """As a node of a graph."""
        return NodeFunction(self.ask, self.aask)

    def ask(self, state: Any) -> dict[str, Any]:
        """Ask the model for the value."""
        model = chat_model_of(self._chooser.model(state)).with_structured_output(self._schema)
        return {"structured_response": model.invoke(self._asked(state))}

    async def aask(self, state: Any) -> dict[str, Any]:
        """The same, awaited."""
        model = chat_model_of(await self._chooser.amodel(state)).with_structured_output(self._schema)
        return {"structured_response": await model.ainvoke(self._asked(state))}

    def _asked(self, state: Any) -> list[BaseMessage]:
        messages: Sequence[BaseMessage] = read(state, "messages") or ()
        return [*messages] if self._system is None else [self._system, *messages]
