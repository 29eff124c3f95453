"""The same handler, given to the same program here and in LangChain, is told the same.

What is known to be different is in `as_peer`, and nothing else is.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

import eventflow.callbacks
import eventflow.models
import eventflow.parsers
from callbacks.telling import Diary
from eventflow.callbacks import handler_receiver

pytest.importorskip("langchain_core")

import langchain_core.callbacks
import langchain_core.language_models
import langchain_core.messages
import langchain_core.output_parsers
import langchain_core.prompts
from langchain_core.tracers.stdout import FunctionCallbackHandler

from differential.programs import PROGRAMS
from differential.sides import PEER, Program
from properties.telling import plain
from properties.trees import OURS, Side

Line = dict[str, Any]

PLACEHOLDER = [{"input": ""}]
COMPARED = ("metadata", "name", "run_type", "inputs", "chunk")
OF_A_MODEL = ("ls_", "lc_")
PLACE = re.compile(r"(seq:step|map:key|condition|branch|retry:attempt):")

CHAT = (
    Side(eventflow.models, eventflow.parsers, eventflow.prompts, eventflow.messages),
    Side(
        langchain_core.language_models,
        langchain_core.output_parsers,
        langchain_core.prompts,
        langchain_core.messages,
    ),
)


class PeerDiary(Diary, langchain_core.callbacks.BaseCallbackHandler):
    """One that LangChain accepts."""


async def told(runnable: Any, input: Any, config: dict[str, Any] | None, verb: str) -> list[Line]:
    """What a handler is told while the verb is called; that it may fail is part of it."""
    diary = PeerDiary()
    if verb.endswith("invoke"):  # ours lets a model stream if a handler listens to tokens
        diary.on_llm_new_token = None
    config = {**(config or {}), "callbacks": [diary]}
    try:
        if verb == "ainvoke":
            await runnable.ainvoke(input, config)
        elif verb == "astream":
            _ = [chunk async for chunk in runnable.astream(input, config)]
        elif verb == "invoke":
            runnable.invoke(input, config)
        else:
            _ = list(runnable.stream(input, config))
    except Exception:  # noqa: S110  # it is told of, which is compared
        pass
    numbers: dict[Any, int | None] = {None: None}
    return [line(numbers, *one) for one in diary.told]


def line(
    numbers: dict[Any, int | None], method: str, by_place: tuple[Any, ...], by_name: dict[str, Any]
) -> Line:
    """One call made comparable: ids are numbered in the order in which they come up."""

    def number(run_id: Any) -> int | None:
        return numbers.setdefault(run_id, len(numbers))

    if "token" in by_name:  # LangChain gives it by name in sync code, by place in async code
        by_place = (by_name["token"],)
    return {
        "method": method,
        "by_place": [values(one) for one in by_place[method.endswith("_start") :]],
        "run": number(by_name["run_id"]),
        "parent": number(by_name.get("parent_run_id")),
        "tags": sorted(by_name["tags"]),
        # LangChain gives some chains a run_type of None and others none at all.
        **{key: values(value) for key, value in by_name.items() if key in COMPARED and value is not None},
    }


def values(told: Any) -> Any:
    """What is in an object of one side's own: of the parts of an answer the text, the types and the id."""
    if hasattr(told, "generations"):
        return [values(one) for candidates in told.generations for one in candidates], told.llm_output
    if hasattr(told, "message"):
        message = told.message
        return (
            type(told).__name__,
            type(message).__name__,
            told.text,
            message.content,
            plain(message)[1]["id"],
        )
    return plain(told)


def as_peer(ours: list[Line], theirs: list[Line]) -> list[Line]:
    """Our calls without what the peer leaves out, or does not know yet."""
    rewritten = [_without_place(one) if one["method"] == "on_custom_event" else one for one in ours]
    for index, (our, their) in enumerate(zip(rewritten, theirs, strict=False)):
        if their["by_place"] == PLACEHOLDER:  # it never tells the input of a stream at its start
            rewritten[index] = {**our, "by_place": PLACEHOLDER}
        if (
            "inputs" not in their or our["method"] == "on_chain_error"
        ):  # nor all of it where a step has failed
            our = {key: value for key, value in rewritten[index].items() if key != "inputs"}
            rewritten[index] = {**our, "inputs": their["inputs"]} if "inputs" in their else our
    return rewritten


def _without_place(custom: Line) -> Line:
    return {**custom, "tags": [tag for tag in custom["tags"] if not PLACE.match(tag)]}


def without_parents(calls: list[Line]) -> list[Line]:
    return [{**call, "parent": None} for call in calls]


@pytest.mark.parametrize("verb", ["ainvoke", "astream"])
@pytest.mark.parametrize("program", PROGRAMS, ids=repr)
async def test_a_handler_is_told_the_same(program: Program, verb: str) -> None:
    ours, theirs = [
        await told(program.build(side.fresh()), program.input, program.config, verb) for side in (OURS, PEER)
    ]
    if "fall" in repr(program):  # the peer's fallbacks are roots of their own
        ours, theirs = without_parents(ours), without_parents(theirs)
    assert as_peer(ours, theirs) == theirs


def model(side: Side) -> Any:
    return side.GenericFakeChatModel(messages=iter([side.AIMessage("why not", id="m1")]))


def prompt(side: Side) -> Any:
    return side.ChatPromptTemplate.from_messages([("system", "be brief"), ("human", "{topic}")])


def chat(side: Side) -> Any:
    return prompt(side) | model(side) | side.StrOutputParser()


def exhausted(side: Side) -> Any:
    return side.FakeListChatModel(responses=["ab"], error_on_chunk_number=1)


MODELS = [
    (prompt, {"topic": "cats"}),
    (prompt, {"no topic": "cats"}),
    (model, "cats"),
    (chat, {"topic": "cats"}),
    (exhausted, "cats"),
]
BY_VERB = [
    (build, input, verb)
    for build, input in MODELS
    for verb in ("invoke", "stream", "ainvoke", "astream")
    if build is not exhausted or "stream" in verb  # the peer's forgets to raise when nobody wants chunks
]


@pytest.mark.parametrize(("build", "input", "verb"), BY_VERB)
async def test_a_handler_is_told_the_same_of_models_prompts_and_parsers(
    build: Any, input: Any, verb: str
) -> None:
    config = {"tags": ["t"], "metadata": {"m": 1}}
    ours, theirs = [
        [_comparable(call) for call in await told(build(side), input, config, verb)] for side in CHAT
    ]
    assert as_peer(ours, theirs) == theirs


def _comparable(call: Line) -> Line:
    """A model without its parameters and its name, and an error without its text."""
    if call["method"].endswith("_error"):
        return {**call, "by_place": None}
    if call["method"] != "on_chat_model_start":
        return call
    metadata = {k: v for k, v in call["metadata"].items() if not k.startswith(OF_A_MODEL)}
    return {**call, "metadata": metadata, "name": None}


@pytest.mark.parametrize("name", ["BaseCallbackHandler", "AsyncCallbackHandler"])
def test_handlers_have_the_methods_and_the_attributes_of_langchains(name: str) -> None:
    ours, theirs = getattr(eventflow.callbacks, name), getattr(langchain_core.callbacks, name)
    public = {attribute for attribute in dir(theirs) if not attribute.startswith("_")}
    assert public - set(dir(ours)) == {"on_stream_event"}  # of its third version of event streams
    for attribute in public - {"on_stream_event"}:
        our, their = getattr(ours, attribute), getattr(theirs, attribute)
        if callable(our):
            assert inspect.iscoroutinefunction(our) == inspect.iscoroutinefunction(their), attribute
            assert parameters(our) == parameters(their), attribute
        else:
            assert type(our) is type(their), attribute


def parameters(method: Any) -> list[Any]:
    """What users may rely on when they override `method`: names, kinds and defaults; `tags` come anyway."""
    found = inspect.signature(method).parameters.values()
    return [(one.name, one.kind, one.default) for one in found if one.name != "tags"]


def test_a_handler_that_inherits_from_langchain_listens_only_to_what_it_overrides() -> None:
    class Ends(langchain_core.callbacks.BaseCallbackHandler):
        def on_chain_end(self, outputs: Any, **kwargs: Any) -> None: ...

    assert handler_receiver(Ends()).phases == {"end"}
    assert handler_receiver(langchain_core.callbacks.AsyncCallbackHandler()).phases == set()


def test_a_tracer_of_langchain_works_here() -> None:
    said: list[str] = []
    chat(CHAT[0]).invoke({"topic": "cats"}, {"callbacks": [FunctionCallbackHandler(function=said.append)]})
    text = re.sub(r"\033\[[0-9;]*m", "", "\n".join(said))
    assert re.findall(r"\[(\w+)/(\w+)\]", text) == [
        ("chain", "start"),
        ("chain", "start"),
        ("chain", "end"),
        ("llm", "start"),
        ("llm", "end"),
        ("chain", "start"),
        ("chain", "end"),
        ("chain", "end"),
    ]
