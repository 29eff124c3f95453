"""An agent without a graph: a model calls tools until it has its answer, and every call is watched.

python examples/tool_loop.py
"""

from __future__ import annotations

from collections.abc import Generator

from eventflow import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    ScriptedChatModel,
    StreamEvent,
    chain,
    subscribe,
    tool,
)


@tool
def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


@tool
def count_people(city: str) -> Generator[str, None, int]:
    """Find out how many people live in a city; what it yields tells how far it is."""
    yield f"looking for {city}"
    yield "counting"
    return 2100000


TOOLS = {each.name: each for each in (multiply, count_people)}
MODEL = ScriptedChatModel(
    AIMessage("", tool_calls=[{"name": "count_people", "args": {"city": "Paris"}, "id": "1"}]),
    AIMessage("", tool_calls=[{"name": "multiply", "args": {"a": 2100000, "b": 2}, "id": "2"}]),
    "Two cities like Paris have 4,200,000 people.",
).bind_tools([*TOOLS.values()])


@chain
def agent(question: str) -> str:
    """Ask the model, run the tools it calls, and tell it what they said, until it calls none."""
    messages: list[BaseMessage] = [HumanMessage(question)]
    while True:
        answer = MODEL.invoke(messages)
        messages.append(answer)
        if not answer.tool_calls:
            return answer.text
        messages += [TOOLS[call["name"]].invoke(call) for call in answer.tool_calls]


def show(event: StreamEvent) -> None:
    """Print what the tools do, as they do it."""
    if event["event"] == "on_tool_start":
        print(f"{event['name']} {event['data'].get('input')}")
    elif event["event"] == "on_tool_stream":
        print(f"  ... {event['data']['chunk']}")
    elif event["event"] == "on_tool_end":
        print(f"  -> {event['data']['output'].content}")


def main() -> None:
    with subscribe(show, include_types=["tool"]):
        print(agent.invoke("How many people have two cities like Paris?"))


if __name__ == "__main__":
    main()
