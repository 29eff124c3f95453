"""Programs with prompts, chat models and parsers, built for the side they are given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from differential.sides import Build, Program
from properties.trees import Side

MODELS: list[Program] = []


def program(input: Any = "hi", config: dict[str, Any] | None = None) -> Callable[[Build], Build]:
    """Put what the decorated function builds among the programs."""

    def add(build: Build) -> Build:
        MODELS.append(Program(build, input, config))
        return build

    return add


def model(side: Side, text: str = "Hello brave new world!", **fields: Any) -> Any:
    return side.GenericFakeChatModel(messages=iter([side.AIMessage(content=text, id="m1")] * 3), **fields)


def prompt(side: Side) -> Any:
    return side.ChatPromptTemplate.from_messages([("system", "You are {mood}."), ("human", "{text}")])


async def shout(chunks: AsyncIterator[str]) -> AsyncIterator[str]:
    async for chunk in chunks:
        yield chunk.upper()


MOODY = {"mood": "kind", "text": "hi"}


# ---- one alone


@program()
def chat_model(side: Side) -> Any:
    return model(side)


@program(input=[("system", "be kind"), ("human", "hi")])
def chat_model_on_messages(side: Side) -> Any:
    return model(side)


@program(config={"tags": ["call"], "metadata": {"m": 1}, "run_name": "named"})
def chat_model_with_a_config(side: Side) -> Any:
    return model(side).with_config(tags=["bound"], metadata={"n": 1})


@program()
def chat_model_with_tags_of_its_own(side: Side) -> Any:
    return model(side, tags=["own"], metadata={"own": 1})


@program()
def list_model(side: Side) -> Any:
    return side.FakeListChatModel(responses=["one", "two"])


@program(input=MOODY)
def chat_prompt(side: Side) -> Any:
    return prompt(side)


@program(input={"text": "hi"})
def text_prompt(side: Side) -> Any:
    return side.PromptTemplate.from_template("Say {text}.")


# ---- chains


@program(input=MOODY)
def chain(side: Side) -> Any:
    return prompt(side) | model(side) | side.StrOutputParser()


@program(input=MOODY)
def chain_of_a_list_model(side: Side) -> Any:
    return prompt(side) | side.FakeListChatModel(responses=["one", "two"]) | side.StrOutputParser()


@program(input=MOODY)
def chain_and_a_generator(side: Side) -> Any:
    return prompt(side) | model(side) | side.StrOutputParser() | side.RunnableGenerator(shout)


@program(input=MOODY)
def chain_and_a_function(side: Side) -> Any:
    return prompt(side) | model(side) | side.StrOutputParser() | (lambda text: text.upper())


@program(input=MOODY, config={"tags": ["call"], "metadata": {"m": 1}})
def chain_with_configs(side: Side) -> Any:
    named = model(side).with_config(run_name="my_model", tags=["mine"])
    return prompt(side).with_config(run_name="my_prompt") | named | side.StrOutputParser()


@program(input="hi")
def chain_from_a_dict(side: Side) -> Any:
    return {"text": side.RunnablePassthrough()} | side.PromptTemplate.from_template("{text}!") | model(side)


@program(input=MOODY)
def model_with_arguments(side: Side) -> Any:
    return prompt(side) | model(side).bind(stop=["x"]) | side.StrOutputParser()


@program(input={"text": "hi"})
def chain_without_a_variable(side: Side) -> Any:
    return prompt(side) | model(side)


@program(input=MOODY)
def model_that_fails_in_the_middle(side: Side) -> Any:
    return prompt(side) | side.FakeListChatModel(responses=["one"], error_on_chunk_number=1)


@program()
def model_that_falls_back(side: Side) -> Any:
    bad = side.FakeListChatModel(responses=["one"], error_on_chunk_number=0)
    return bad.with_fallbacks([model(side)])


@program(input=MOODY)
def model_that_is_chosen(side: Side) -> Any:
    async def is_kind(x: dict[str, str]) -> bool:
        return x["mood"] == "kind"

    return side.RunnableBranch((is_kind, prompt(side) | model(side)), prompt(side))


# ---- inside functions


@program(input=MOODY)
def invoked_inside(side: Side) -> Any:
    inner = prompt(side) | model(side) | side.StrOutputParser()

    async def outer(x: Any) -> str:
        return (await inner.ainvoke(x)) + "?"

    return side.RunnableLambda(outer)


@program()
def model_invoked_inside(side: Side) -> Any:
    inner = model(side)

    async def outer(x: str) -> Any:
        message = await inner.ainvoke(x)
        return message.content

    return side.RunnableLambda(outer)


@program()
def model_invoked_inside_a_sync_function(side: Side) -> Any:
    inner = model(side)

    def outer(x: str) -> Any:
        return inner.invoke(x).content

    return side.RunnableLambda(outer)


@program()
def model_invoked_with_the_config(side: Side) -> Any:
    inner = model(side)

    async def outer(x: str, config: Any) -> Any:
        return (await inner.ainvoke(x, config)).content

    return side.RunnableLambda(outer).with_config(tags=["t"])


@program()
def model_streamed_inside(side: Side) -> Any:
    inner = model(side)

    async def outer(x: str) -> AsyncIterator[Any]:
        async for chunk in inner.astream(x):
            yield chunk.content

    return side.RunnableLambda(outer)


@program()
def model_batched_inside(side: Side) -> Any:
    inner = model(side)

    async def outer(x: str) -> Any:
        return [message.content for message in await inner.abatch([x])]

    return side.RunnableLambda(outer)


@program()
def model_returned(side: Side) -> Any:
    inner = model(side) | side.StrOutputParser()

    async def outer(x: str) -> Any:
        return inner

    return side.RunnableLambda(outer)


@program(input=MOODY)
def prompt_and_parser_inside(side: Side) -> Any:
    async def outer(x: Any) -> Any:
        value = await prompt(side).ainvoke(x)
        return await side.StrOutputParser().ainvoke(value.to_messages()[0])

    return side.RunnableLambda(outer)
