"""A chat, watched three ways at once: its text, its events, and how long each part took.

python examples/watch_a_chain.py
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import aclosing

from eventflow import ChatPromptTemplate, ScriptedChatModel, StreamEvent, StrOutputParser, subscribe

ANSWER = "Because it could not wait for the whole answer."


class Stopwatch:
    """A subscriber: adds up how long the runs of each name took."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._began: dict[str, float] = {}

    def __call__(self, event: StreamEvent) -> None:
        run = event["run_id"]
        if event["event"].endswith("_start"):
            self._began[run] = time.perf_counter()
        else:
            self.seconds[event["name"]] += time.perf_counter() - self._began.pop(run)


async def main() -> None:
    prompt = ChatPromptTemplate.from_messages([("system", "Be brief."), ("human", "{question}")])
    chain = prompt | ScriptedChatModel.from_text(ANSWER, chunk_size=8) | StrOutputParser()
    stopwatch = Stopwatch()
    tokens = 0
    with subscribe(stopwatch, phases=["start", "end", "error"]):
        async with aclosing(chain.astream_events({"question": "Why did the parrot stream?"})) as events:
            async for event in events:
                if event["event"] == "on_chat_model_stream":
                    print(event["data"]["chunk"].text, end="", flush=True)
                    tokens += 1
                elif event["event"] == "on_chat_model_end":
                    print(f"\n\n{tokens} chunks, {len(event['data']['output'].text)} characters")
    for name, seconds in stopwatch.seconds.items():
        print(f"{name:<20} {seconds * 1000:6.2f} ms")


if __name__ == "__main__":
    asyncio.run(main())
