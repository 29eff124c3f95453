"""The first programs that people write, as they write them, and what they print."""

from eventflow import (
    AIMessageChunk,
    ChatPromptTemplate,
    GenericFakeChatModel,
    RunnableLambda,
    StrOutputParser,
    chain,
)


@chain
def reverse_word(word: str):
    return word[::-1]


async def test_a_function_becomes_a_chain_that_can_be_watched():
    events = [event async for event in reverse_word.astream_events("hello")]
    (run_id,) = {event["run_id"] for event in events}
    about = {"name": "reverse_word", "run_id": run_id, "tags": [], "metadata": {}, "parent_ids": []}
    assert events == [
        {"event": "on_chain_start", "data": {"input": "hello"}, **about},
        {"event": "on_chain_stream", "data": {"chunk": "olleh"}, **about},
        {"event": "on_chain_end", "data": {"output": "olleh"}, **about},
    ]


async def test_the_kinds_of_a_chat():
    model = GenericFakeChatModel(messages=iter(["hello world"]))
    prompt = ChatPromptTemplate.from_template("tell me a joke about {topic}")
    joke = prompt | model | StrOutputParser()
    events = [event async for event in joke.astream_events({"topic": "parrot"}, version="v2")]
    chunks = [e["data"]["chunk"] for e in events if e["event"] == "on_chat_model_stream"]
    assert all(type(chunk) is AIMessageChunk for chunk in chunks)
    assert [chunk.content for chunk in chunks if chunk.content] == ["hello", " ", "world"]
    kinds = list(dict.fromkeys(event["event"] for event in events))
    assert kinds == [
        "on_chain_start",
        "on_prompt_start",
        "on_prompt_end",
        "on_chat_model_start",
        "on_chat_model_stream",
        "on_parser_start",
        "on_parser_stream",
        "on_chain_stream",
        "on_chat_model_end",
        "on_parser_end",
        "on_chain_end",
    ]


async def test_a_model_inside_a_function_streams_by_itself():
    model = GenericFakeChatModel(messages=iter(["hello world"]))

    async def node(text: str) -> str:
        return (await model.ainvoke(text)).text.upper()

    events = [
        event async for event in RunnableLambda(node).astream_events("hi", include_types=["chat_model"])
    ]
    assert [e["event"] for e in events][:2] == ["on_chat_model_start", "on_chat_model_stream"]
    assert events[-1]["data"]["output"].text == "hello world"
