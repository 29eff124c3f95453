"""Functions of messages as steps."""

import threading

from eventflow import ChatPromptTemplate, HumanMessage, RunnableLambda
from eventflow.history import trim_messages
from eventflow.history.step import apply


def backwards(messages):
    return messages[::-1]


def test_with_messages_it_is_the_result():
    assert apply(backwards, ["a", "b"], name="backwards") == [HumanMessage("b"), HumanMessage("a")]
    assert apply(backwards, (), name="backwards") == []


def test_without_messages_it_is_a_step():
    step = apply(backwards, None, name="backwards")
    chain = (
        ChatPromptTemplate.from_messages(["{a}", "{b}"]) | step | RunnableLambda(lambda made: made[0].text)
    )
    assert chain.invoke({"a": "x", "b": "y"}) == "y"
    started = [event["name"] for event in step.stream_events(["a"]) if event["event"] == "on_chain_start"]
    assert started == ["backwards"]


async def test_in_async_code_only_a_model_counts_in_a_thread():
    threads = []

    class Model:
        def get_num_tokens_from_messages(self, messages):
            threads.append(threading.current_thread())
            return len(messages)

    def count(messages):
        threads.append(threading.current_thread())
        return len(messages)

    here = threading.current_thread()
    await trim_messages(max_tokens=1, token_counter=count).ainvoke(["a"])
    assert {*threads} == {here}
    await trim_messages(max_tokens=1, token_counter=Model()).ainvoke(["a"])
    assert threads[-1] is not here
