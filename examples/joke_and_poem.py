"""Two models write at the same time: each token goes to the column of the node that it comes from.

python examples/joke_and_poem.py
"""

from __future__ import annotations

import asyncio
import sys
import textwrap
from contextlib import aclosing
from itertools import zip_longest

from typing_extensions import TypedDict

from eventflow import ScriptedChatModel
from eventflow.graph import START, StateGraph

WIDTH = 34
JOKE = ScriptedChatModel.from_text(
    "Why did the cat sit on the keyboard? To keep an eye on the mouse, and to write the rest of this poem.",
    pause=0.02,
)
POEM = ScriptedChatModel.from_text(
    "A cat came in by stream, not whole: first an ear, then a paw, then the hole in the scroll.", pause=0.03
)


class Texts(TypedDict):
    topic: str
    joke: str
    poem: str


async def joke(state: Texts) -> dict[str, str]:
    answer = await JOKE.ainvoke(f"A joke about {state['topic']}")
    return {"joke": answer.text}


async def poem(state: Texts) -> dict[str, str]:
    answer = await POEM.ainvoke(f"A poem about {state['topic']}")
    return {"poem": answer.text}


class Columns:
    """Texts that grow side by side; on a terminal they are drawn again with each token."""

    def __init__(self, *names: str) -> None:
        self.texts = {name: name.upper() + "\n" for name in names}
        self._drawn = 0

    def add(self, name: str, token: str) -> None:
        self.texts[name] += token
        if sys.stdout.isatty():
            self.draw()

    def draw(self) -> None:
        wrapped = [
            [line for part in text.splitlines() for line in textwrap.wrap(part, WIDTH)]
            for text in self.texts.values()
        ]
        rows = ["   ".join(f"{cell:<{WIDTH}}" for cell in row) for row in zip_longest(*wrapped, fillvalue="")]
        if self._drawn:
            print(f"\x1b[{self._drawn}A", end="")  # back up to the first row
        print("\n".join(rows), flush=True)
        self._drawn = len(rows)


async def main() -> None:
    graph = (
        StateGraph(Texts)
        .add_node(joke)
        .add_node(poem)
        .add_edge(START, "joke")
        .add_edge(START, "poem")
        .compile()
    )
    columns, order = Columns("joke", "poem"), ""
    async with aclosing(graph.astream({"topic": "cats"}, stream_mode="messages")) as tokens:
        async for chunk, metadata in tokens:
            columns.add(metadata["langgraph_node"], chunk.text)
            order += metadata["langgraph_node"][0]
    if not sys.stdout.isatty():
        columns.draw()
    print(f"\nThe tokens came in this order: {order}")


if __name__ == "__main__":
    asyncio.run(main())
