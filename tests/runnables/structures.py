"""The same runnables from two libraries, and what each library says of their schemas and their structure."""

from collections.abc import AsyncIterator, Callable, Iterator
from operator import itemgetter
from typing import Any, NotRequired

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

import eventflow
from properties.trees import Side

OURS = Side(eventflow)

Build = Callable[[Side], Any]


class Model(BaseModel):
    """A pydantic model as an input."""

    a: int
    b: str = "x"


class Other(BaseModel):
    """Another."""

    c: int


class Keys(TypedDict):
    """A TypedDict as an input."""

    a: int
    b: NotRequired[str]


def count(x: int) -> int:
    return x + 1


def text(x: int) -> str:
    return str(x)


def shout(x: str) -> str:
    return x.upper()


async def later(x: int) -> str:
    return str(x)


def pieces(x: int) -> Iterator[str]:
    yield str(x)


async def later_pieces(x: int) -> AsyncIterator[str]:
    yield str(x)


def chunks(xs: Iterator[int]) -> Iterator[str]:
    for x in xs:
        yield str(x)


async def later_chunks(xs: AsyncIterator[int]) -> AsyncIterator[str]:
    async for x in xs:
        yield str(x)


def lists(x: list[int]) -> dict[str, float]:
    return {str(i): float(i) for i in x}


def maybe(x: int | None) -> dict[str, Any] | None:
    return None if x is None else {"x": x}


def anything(x):
    return x


def model(x: Model) -> Model:
    return x


def other(x: Other) -> Other:
    return x


def keys(x: Keys) -> Keys:
    return x


def repeat(side: Side) -> Any:
    """A runnable with fields, which has verbs of its own, as LangChain's users write it."""

    class Repeat(side.RunnableSerializable[str, int]):
        times: int = 2
        who: str = "x"
        them: list[int] = Field(default_factory=list[int])

        def invoke(self, input, config=None, **kwargs):
            return (self.times, self.who)

    return Repeat()


# ---- runnables of which both libraries say the same

FUNCTIONS = (
    count,
    text,
    later,
    pieces,
    later_pieces,
    lists,
    maybe,
    anything,
    model,
    keys,
    itemgetter("a"),
    itemgetter("a", "b"),
    itemgetter(0),
    str.upper,
    int,
    lambda x: x["a"],
)


def _functions() -> dict[str, Build]:
    return {
        f"{n}: {getattr(f, '__name__', f)}": lambda lib, f=f: lib.RunnableLambda(f)
        for n, f in enumerate(FUNCTIONS)
    }


def prompt(lib: Side) -> Any:
    return lib.ChatPromptTemplate.from_messages([("system", "{tone}"), ("human", "{question}")])


def two(lib: Side) -> Any:
    return lib.RunnableLambda(count) | text


ALIKE: dict[str, Build] = {
    **_functions(),
    "named": lambda lib: lib.RunnableLambda(count, name="Count"),
    "generator": lambda lib: lib.RunnableGenerator(chunks),
    "async generator": lambda lib: lib.RunnableGenerator(later_chunks),
    "passthrough": lambda lib: lib.RunnablePassthrough(),
    "typed passthrough": lambda lib: lib.RunnablePassthrough(input_type=int),
    "sequence": two,
    "named sequence": lambda lib: lib.RunnableSequence(
        lib.RunnableLambda(count), lib.RunnableLambda(text), name="Two"
    ),
    "longer": lambda lib: lib.RunnableLambda(count) | text | shout | anything,
    "parallel": lambda lib: lib.RunnableParallel(a=count, b=lists),
    "parallel of one": lambda lib: lib.RunnableParallel(a=model),
    "parallel of keys": lambda lib: lib.RunnableParallel(a=itemgetter("x"), b=itemgetter("y")),
    "parallel of models": lambda lib: lib.RunnableParallel(a=model, b=other),
    "parallel of a model and a key": lambda lib: lib.RunnableParallel(a=model, b=itemgetter("x")),
    "parallel of prompts": lambda lib: lib.RunnableParallel(
        a=prompt(lib) | count, b=lib.PromptTemplate.from_template("{more}") | count
    ),
    "nested parallel": lambda lib: lib.RunnableParallel(a=lib.RunnableParallel(x=count, y=text), b=text),
    "parallel of a sequence": lambda lib: lib.RunnableParallel(a=two(lib), b=text),
    "sequence around a parallel": lambda lib: lib.RunnableLambda(count) | {"a": count, "b": two(lib)} | text,
    "parallel first": lambda lib: lib.RunnableParallel(a=count, b=text) | text,
    "parallel last": lambda lib: lib.RunnableLambda(count) | lib.RunnableParallel(a=count, b=text),
    "assign": lambda lib: lib.RunnablePassthrough.assign(b=count),
    "assign from a key": lambda lib: lib.RunnablePassthrough.assign(b=itemgetter("x")),
    "assign from a model": lambda lib: lib.RunnablePassthrough.assign(b=model),
    "assign, then a function": lambda lib: lib.RunnablePassthrough.assign(a=itemgetter("q")) | count,
    "model, then assign": lambda lib: (
        lib.RunnableLambda(anything) | model | lib.RunnablePassthrough.assign(k=count)
    ),
    "model, then pick": lambda lib: lib.RunnableLambda(anything) | model | lib.RunnablePick("a"),
    "model, then pick some": lambda lib: lib.RunnableLambda(anything) | model | lib.RunnablePick(["a"]),
    "pick": lambda lib: lib.RunnablePick("a"),
    "pick some": lambda lib: lib.RunnablePick(["a", "b"]),
    "each": lambda lib: two(lib).map(),
    "each of models": lambda lib: lib.RunnableLambda(model).map(),
    "bound": lambda lib: lib.RunnableLambda(count).bind(by=1),
    "bound sequence": lambda lib: two(lib).with_config(tags=["t"], run_name="Two"),
    "with metadata": lambda lib: lib.RunnableLambda(count).with_config(metadata={"k": "v"}),
    "with types": lambda lib: lib.RunnableLambda(count).with_types(input_type=str, output_type=list[int]),
    "with a model as type": lambda lib: lib.RunnableLambda(count).with_types(input_type=Model),
    "retry": lambda lib: two(lib).with_retry(),
    "fallbacks": lambda lib: lib.RunnableLambda(count).with_fallbacks([lib.RunnableLambda(shout), two(lib)]),
    "sequence with fallbacks": lambda lib: (
        lib.RunnableLambda(count) | lib.RunnableLambda(count).with_fallbacks([lib.RunnableLambda(shout)])
    ),
    "router": lambda lib: lib.RouterRunnable({"a": lib.RunnableLambda(count)}),
    "fields": repeat,
    "configurable fields": lambda lib: repeat(lib).configurable_fields(
        times=lib.ConfigurableField("t"), who=lib.ConfigurableField("w", name="Who", description="who it is")
    ),
    "configurable in a sequence": lambda lib: (
        repeat(lib).configurable_fields(times=lib.ConfigurableField("t")) | text
    ),
    "single option": lambda lib: repeat(lib).configurable_fields(
        times=lib.ConfigurableFieldSingleOption("t", {"few": 1, "many": 9}, "few", name="T")
    ),
    "several options": lambda lib: repeat(lib).configurable_fields(
        them=lib.ConfigurableFieldMultiOption("who", {"a": 1, "b": 2}, ["a"], name="Who", description="d")
    ),
    "alternatives": lambda lib: repeat(lib).configurable_alternatives(
        lib.ConfigurableField("which", name="Which"), default_key="a", b=two(lib), c=lambda: two(lib)
    ),
    "alternatives with prefixes": lambda lib: (
        repeat(lib)
        .configurable_fields(times=lib.ConfigurableField("t"), who=lib.ConfigurableField("w", is_shared=True))
        .configurable_alternatives(
            lib.ConfigurableField("prefixed", name="Prefixed"),  # LangChain mixes up those that are equal
            default_key="a",
            prefix_keys=True,
            b=repeat(lib).configurable_fields(times=lib.ConfigurableField("t")),
        )
    ),
}
