"""An agent that looks at the weather: its calls, what its tools do meanwhile, and its answer, token by token.

python examples/weather_agent.py                       # a scripted model, no key
python examples/weather_agent.py openai:gpt-4o-mini    # any model you have a key for
"""

from __future__ import annotations

import sys

from eventflow import BaseChatModel, ScriptedChatModel, init_chat_model
from eventflow.agents import create_agent
from eventflow.graph import get_stream_writer

SKY = {"Rome": "sunny, 31 degrees", "Oslo": "snow, 2 degrees below zero"}


def get_weather(city: str) -> str:
    """The weather in a city, now."""
    writer = get_stream_writer()
    writer(f"asking a station near {city}")
    return SKY.get(city, "no station there")


def scripted() -> BaseChatModel:
    """A model that asks for two cities at once, and then answers."""
    calls = [{"name": "get_weather", "args": {"city": city}, "id": f"call_{city}"} for city in SKY]
    answer = "Rome is sunny, at 31 degrees. In Oslo it snows: take a coat."
    return ScriptedChatModel(calls, [item for word in answer.split(" ") for item in (0.02, f"{word} ")])


def main() -> None:
    model = init_chat_model(sys.argv[1]) if len(sys.argv) > 1 else scripted()
    agent = create_agent(model, [get_weather], system_prompt="Answer in one or two short sentences.")
    question = {"messages": [("user", "What is the weather in Rome and in Oslo?")]}
    for mode, part in agent.stream(question, stream_mode=["updates", "custom", "messages"]):
        if mode == "custom":
            print(f"        ... {part}")
        elif mode == "messages":
            chunk, metadata = part
            if metadata["langgraph_node"] == "model":
                print(chunk.text, end="", flush=True)
        elif "tools" in part:
            for message in part["tools"]["messages"]:
                print(f"tools   {message.text}")
        else:
            for call in part["model"]["messages"][-1].tool_calls:
                print(f"model   {call['name']}({call['args']['city']!r})")
    print()


if __name__ == "__main__":
    main()
