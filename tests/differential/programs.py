"""Programs written by hand, each built for the side it is given: the shapes that people's code has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from differential.sides import Build, Program
from properties.trees import Side

PROGRAMS: list[Program] = []


def program(input: Any = "a", config: dict[str, Any] | None = None) -> Callable[[Build], Build]:
    """Put what the decorated function builds among the programs."""

    def add(build: Build) -> Build:
        PROGRAMS.append(Program(build, input, config))
        return build

    return add


# ---- functions of every colour


def up(x: str) -> str:
    return x.upper()


async def aup(x: str) -> str:
    return x.upper()


def words(x: str) -> Iterator[str]:
    yield from (x, "b", "c")


async def awords(x: str) -> AsyncIterator[str]:
    for word in (x, "b", "c"):
        yield word


async def shout(chunks: AsyncIterator[str]) -> AsyncIterator[str]:
    async for chunk in chunks:
        yield chunk.upper()


async def refuse(x: Any) -> Any:
    raise ValueError(f"no {x}")


async def two_then_refuse(x: str) -> AsyncIterator[str]:
    yield x
    yield x
    raise ValueError("in the middle")


async def to_dict(x: str) -> dict[str, str]:
    return {"text": x, "more": x + x}


def to_dicts(side: Side) -> Any:
    """A stream of dicts that can be added."""

    async def dicts(x: str) -> AsyncIterator[dict[str, str]]:
        yield side.AddableDict({"text": x})
        yield side.AddableDict({"more": x + x})

    return side.RunnableLambda(dicts)


async def from_dict(x: dict[str, str]) -> str:
    return "".join(f"{key}={x[key]}" for key in sorted(x))


# ---- one runnable


@program()
def a_function(side: Side) -> Any:
    return side.RunnableLambda(up)


@program()
def a_coroutine_function(side: Side) -> Any:
    return side.RunnableLambda(aup)


@program()
def an_async_generator_function(side: Side) -> Any:
    return side.RunnableLambda(awords)


@program()
def a_lambda(side: Side) -> Any:
    return side.RunnableLambda(lambda x: x + "!")


@program()
def both_colours(side: Side) -> Any:
    return side.RunnableLambda(up, aup)


@program()
def both_generators(side: Side) -> Any:
    return side.RunnableLambda(words, awords)


@program()
def a_named_function(side: Side) -> Any:
    return side.RunnableLambda(up, name="shouter")


@program()
def decorated(side: Side) -> Any:
    @side.chain
    async def shouter(x: str) -> str:
        return x.upper()

    return shouter


@program()
def a_generator(side: Side) -> Any:
    return side.RunnableGenerator(shout)


@program()
def nothing_at_all(side: Side) -> Any:
    async def nothing(x: str) -> AsyncIterator[str]:
        for _ in ():
            yield _

    return side.RunnableLambda(nothing)


@program()
def chunks_that_are_false(side: Side) -> Any:
    async def nones(x: str) -> AsyncIterator[Any]:
        for chunk in (None, "", x, None):
            yield chunk

    return side.RunnableLambda(nones)


@program()
def chunks_that_cannot_be_added(side: Side) -> Any:
    async def mixed(x: str) -> AsyncIterator[Any]:
        for chunk in (1, x, {"k": 1}, {"l": 2}):
            yield chunk

    return side.RunnableLambda(mixed)


@program()
def chunks_that_are_lists(side: Side) -> Any:
    async def growing(x: str) -> AsyncIterator[list[str]]:
        yield [x]
        yield [x, "b"]

    return side.RunnableLambda(growing)


@program()
def chunks_that_are_numbers(side: Side) -> Any:
    async def counting(x: str) -> AsyncIterator[int]:
        for n in range(4):
            yield n

    return side.RunnableLambda(counting)


@program()
def passthrough(side: Side) -> Any:
    return side.RunnablePassthrough()


@program()
def passthrough_with_a_function(side: Side) -> Any:
    return side.RunnablePassthrough(lambda x: None)


@program()
def passthrough_with_a_coroutine_function(side: Side) -> Any:
    return side.RunnablePassthrough(afunc=aup)


@program(input={"text": "a"})
def pick(side: Side) -> Any:
    return side.RunnablePick("text")


@program(input={"text": "a", "more": "b"})
def pick_several(side: Side) -> Any:
    return side.RunnablePick(["text", "more"])


@program(input={"text": "a"})
def assign(side: Side) -> Any:
    return side.RunnablePassthrough.assign(more=lambda d: d["text"] * 2)


@program(input={"key": "up", "input": "a"})
def router(side: Side) -> Any:
    return side.RouterRunnable({"up": side.RunnableLambda(aup), "words": side.RunnableLambda(awords)})


@program()
def parallel_of_one(side: Side) -> Any:
    return side.RunnableParallel(only=side.RunnableLambda(awords))


# ---- sequences


@program()
def sequence(side: Side) -> Any:
    return side.RunnableLambda(aup) | up


@program()
def sequence_of_streams(side: Side) -> Any:
    return side.RunnableLambda(awords) | side.RunnableGenerator(shout) | side.RunnableGenerator(shout)


@program()
def sequence_that_collects_in_the_middle(side: Side) -> Any:
    return side.RunnableLambda(awords) | up | side.RunnableGenerator(shout) | side.RunnablePassthrough()


@program()
def sequence_in_a_sequence(side: Side) -> Any:
    inner = (side.RunnableLambda(awords) | side.RunnableGenerator(shout)).with_config(run_name="inner")
    return side.RunnableLambda(aup) | inner | side.RunnableLambda(awords)


@program()
def named_sequence(side: Side) -> Any:
    return side.RunnableLambda(aup).pipe(up, side.RunnableLambda(awords), name="pipeline")


@program()
def sequence_from_a_dict(side: Side) -> Any:
    return {"text": side.RunnableLambda(awords)} | side.RunnableLambda(from_dict)


@program()
def parallel_of_one_in_a_sequence(side: Side) -> Any:
    return (
        side.RunnableLambda(awords) | {"text": side.RunnableGenerator(shout)} | side.RunnableLambda(from_dict)
    )


@program()
def pick_in_a_sequence(side: Side) -> Any:
    return to_dicts(side).pick("more") | aup


@program()
def pick_what_is_not_there(side: Side) -> Any:
    return side.RunnableLambda(to_dict).pick("missing")


@program()
def map_in_a_sequence(side: Side) -> Any:
    async def one(x: str) -> list[str]:
        return [x]

    async def first(x: list[str]) -> str:
        return x[0]

    return side.RunnableLambda(one) | side.RunnableLambda(aup).map() | side.RunnableLambda(first)


@program()
def map_of_a_map(side: Side) -> Any:
    async def nest(x: str) -> list[list[str]]:
        return [[x]]

    return side.RunnableLambda(nest) | side.RunnableLambda(aup).map().map()


@program(input=7)
def branch(side: Side) -> Any:
    return side.RunnableBranch(
        (lambda x: x < 0, lambda x: "minus"),
        (lambda x: x == 7, side.RunnableLambda(lambda x: "seven")),
        lambda x: "other",
    )


@program(input=8)
def branch_by_default(side: Side) -> Any:
    return side.RunnableBranch((lambda x: x < 0, lambda x: "minus"), side.RunnableLambda(lambda x: "other"))


# ---- configs


@program(config={"tags": ["b", "a"], "metadata": {"k": 1}, "run_name": "root"})
def config_of_the_call(side: Side) -> Any:
    return side.RunnableLambda(aup) | up


@program(config={"tags": ["call"], "metadata": {"who": "call", "call": 1}})
def config_of_the_runnable_and_of_the_call(side: Side) -> Any:
    bound = side.RunnableLambda(aup).with_config(
        {"tags": ["bound"], "metadata": {"who": "bound", "bound": 1}, "run_name": "named"}
    )
    return bound | up


@program(config={"tags": ["call", "bound"]})
def config_of_the_root(side: Side) -> Any:
    return side.RunnableLambda(aup).with_config(tags=["bound", "more"], run_name="named")


@program()
def config_replaced(side: Side) -> Any:
    first = side.RunnableLambda(aup).with_config(tags=["first"], metadata={"first": 1})
    return first.with_config(tags=["second"]) | first.with_config(metadata={"second": 1})


@program(config={"configurable": {"model": "m", "thread_id": "t", "checkpoint_ns": "c"}, "unknown": "x"})
def config_with_configurable_values(side: Side) -> Any:
    return side.RunnableLambda(aup) | up


@program(config={"run_id": "0190a6a8-0000-7000-8000-000000000000"})
def config_with_a_run_id(side: Side) -> Any:
    return side.RunnableLambda(aup) | up


@program()
def bound_arguments(side: Side) -> Any:
    async def times(x: str, by: int) -> str:
        return x * by

    return side.RunnableLambda(times).bind(by=2) | side.RunnableLambda(times).bind(by=1).bind(by=3)


@program(config={"tags": ["t"], "metadata": {"m": 1}})
def config_seen_inside(side: Side) -> Any:
    async def seen(x: str, config: dict[str, Any]) -> str:
        return f"{config['tags']} {config['metadata']} {config['recursion_limit']}"

    return side.RunnableLambda(seen)


# ---- functions that run others


@program()
def invokes(side: Side) -> Any:
    inner = side.RunnableLambda(aup).with_config(run_name="inner")

    async def outer(x: str) -> str:
        return await inner.ainvoke(x)

    return side.RunnableLambda(outer)


@program()
def invokes_with_the_config(side: Side) -> Any:
    inner = side.RunnableLambda(aup).with_config(run_name="inner", tags=["inner"])

    async def outer(x: str, config: Any) -> str:
        return await inner.ainvoke(x, config)

    return side.RunnableLambda(outer).with_config(tags=["outer"], metadata={"m": 1})


@program()
def invokes_from_a_sync_function(side: Side) -> Any:
    inner = side.RunnableLambda(up).with_config(run_name="inner")

    def outer(x: str) -> str:
        return inner.invoke(x) + inner.invoke(x)

    return side.RunnableLambda(outer)


@program()
def invokes_a_generator(side: Side) -> Any:
    inner = side.RunnableGenerator(shout)

    async def outer(x: str) -> str:
        return await inner.ainvoke(x)

    return side.RunnableLambda(outer)


@program()
def invokes_a_generator_function(side: Side) -> Any:
    inner = side.RunnableLambda(awords)

    async def outer(x: str) -> str:
        return await inner.ainvoke(x)

    return side.RunnableLambda(outer)


@program()
def streams(side: Side) -> Any:
    inner = side.RunnableLambda(awords) | side.RunnableGenerator(shout)

    async def outer(x: str) -> AsyncIterator[str]:
        async for chunk in inner.astream(x):
            yield chunk

    return side.RunnableLambda(outer)


@program()
def streams_with_the_config(side: Side) -> Any:
    inner = side.RunnableLambda(awords)

    async def outer(x: str, config: Any) -> AsyncIterator[str]:
        async for chunk in inner.astream(x, config):
            yield chunk

    return side.RunnableLambda(outer)


@program()
def returns_a_runnable(side: Side) -> Any:
    inner = side.RunnableLambda(awords) | side.RunnableGenerator(shout)

    async def outer(x: str) -> Any:
        return inner

    return side.RunnableLambda(outer)


@program()
def returns_a_runnable_when_invoked(side: Side) -> Any:
    inner = side.RunnableLambda(aup)

    async def middle(x: str) -> Any:
        return inner

    async def outer(x: str) -> str:
        return await side.RunnableLambda(middle).ainvoke(x)

    return side.RunnableLambda(outer)


@program()
def batches_one(side: Side) -> Any:
    inner = side.RunnableLambda(aup)

    async def outer(x: str) -> list[str]:
        return await inner.abatch([x])

    return side.RunnableLambda(outer)


@program()
def retries_when_invoked(side: Side) -> Any:
    inner = side.RunnableLambda(aup).with_retry()

    async def outer(x: str) -> str:
        return await inner.ainvoke(x)

    return side.RunnableLambda(outer)


@program()
def retries_a_failure_when_invoked(side: Side) -> Any:
    left = [2]

    async def flaky(x: str) -> str:
        if left[0]:
            left[0] -= 1
            raise ValueError("not yet")
        return x

    inner = side.RunnableLambda(flaky).with_retry(wait_exponential_jitter=False)

    async def outer(x: str) -> str:
        return await inner.ainvoke(x)

    return side.RunnableLambda(outer)


@program()
def gives_up_when_invoked(side: Side) -> Any:
    inner = side.RunnableLambda(refuse).with_retry(stop_after_attempt=2, wait_exponential_jitter=False)

    async def outer(x: str) -> str:
        return await inner.ainvoke(x)

    return side.RunnableLambda(outer)


@program()
def falls_back(side: Side) -> Any:
    return side.RunnableLambda(refuse).with_fallbacks([side.RunnableLambda(aup)])


@program()
def does_not_fall_back(side: Side) -> Any:
    return side.RunnableLambda(awords).with_fallbacks([side.RunnableLambda(aup)])


@program()
def falls_back_to_nothing(side: Side) -> Any:
    return side.RunnableLambda(refuse).with_fallbacks([side.RunnableLambda(two_then_refuse)])


# ---- events of one's own


@program()
def custom_events(side: Side) -> Any:
    async def outer(x: str) -> str:
        await side.adispatch_custom_event("half", {"done": 0.5})
        await side.adispatch_custom_event("whole", None)
        return x

    return side.RunnableLambda(outer).with_config(tags=["t"], metadata={"m": 1})


@program()
def custom_events_from_a_sync_function(side: Side) -> Any:
    def outer(x: str) -> str:
        side.dispatch_custom_event("half", [1, 2])
        return x

    return side.RunnableLambda(outer)


@program()
def custom_events_between_chunks(side: Side) -> Any:
    async def outer(x: str) -> AsyncIterator[str]:
        yield x
        await side.adispatch_custom_event("half", 0)
        yield x

    return side.RunnableLambda(outer)


@program()
def custom_events_with_the_config(side: Side) -> Any:
    async def outer(x: str, config: Any) -> str:
        await side.adispatch_custom_event("half", "data", config=config)
        return x

    return side.RunnableLambda(outer)


# ---- failures


@program()
def fails(side: Side) -> Any:
    return side.RunnableLambda(refuse)


@program()
def fails_in_the_middle(side: Side) -> Any:
    return side.RunnableLambda(two_then_refuse) | side.RunnableGenerator(shout)


@program()
def fails_in_the_first_step(side: Side) -> Any:
    return side.RunnableLambda(refuse) | aup


@program()
def fails_in_the_last_step(side: Side) -> Any:
    return side.RunnableLambda(awords) | refuse


@program()
def fails_in_a_branch_of_one(side: Side) -> Any:
    return side.RunnableParallel(only=side.RunnableLambda(two_then_refuse))


@program()
def fails_inside_a_function(side: Side) -> Any:
    inner = side.RunnableLambda(refuse)

    async def outer(x: str) -> str:
        try:
            return await inner.ainvoke(x)
        except ValueError as error:
            return str(error)

    return side.RunnableLambda(outer) | up


# ---- side by side: the order among branches is open in the peer


PARALLEL: list[Program] = []


def parallel_program(input: Any = "a", config: dict[str, Any] | None = None) -> Callable[[Build], Build]:
    """Put what the decorated function builds among the programs whose branches run at the same time."""

    def add(build: Build) -> Build:
        PARALLEL.append(Program(build, input, config))
        return build

    return add


@parallel_program()
def two_branches(side: Side) -> Any:
    return side.RunnableParallel(a=side.RunnableLambda(aup), b=side.RunnableLambda(up))


@parallel_program()
def two_streams(side: Side) -> Any:
    return side.RunnableParallel(a=side.RunnableLambda(awords), b=side.RunnableGenerator(shout))


@parallel_program()
def branches_in_a_sequence(side: Side) -> Any:
    branches = {"a": side.RunnableGenerator(shout), "b": aup, "c": side.RunnablePassthrough()}
    return side.RunnableLambda(awords) | branches | side.RunnableLambda(from_dict)


@parallel_program()
def branches_in_branches(side: Side) -> Any:
    inner = side.RunnableParallel(x=side.RunnableLambda(awords), y=aup)
    return side.RunnableParallel(a=inner | side.RunnableLambda(from_dict), b=inner)


@parallel_program()
def assigned_in_a_sequence(side: Side) -> Any:
    return side.RunnableLambda(to_dict).assign(third=lambda d: d["text"], fourth=lambda d: d["more"])


@parallel_program()
def assigned_and_picked(side: Side) -> Any:
    return to_dicts(side).assign(third=lambda d: d["text"]).pick(["third", "text"])


@parallel_program()
def mapped(side: Side) -> Any:
    async def listed(x: str) -> list[str]:
        return [x, x + "b"]

    return side.RunnableLambda(listed) | side.RunnableLambda(aup).map()


@parallel_program()
def batched_inside(side: Side) -> Any:
    inner = side.RunnableLambda(aup) | up

    async def outer(x: str) -> list[str]:
        return await inner.abatch([x, x + "b", x + "c"])

    return side.RunnableLambda(outer)
