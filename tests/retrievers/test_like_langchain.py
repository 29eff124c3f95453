"""The same retriever on both sides tells the same, event by event."""

import pytest

from eventflow import RunnableLambda, documents, retrievers

pytest.importorskip("langchain_core")

from langchain_core import documents as peer_documents
from langchain_core import retrievers as peer_retrievers
from langchain_core import runnables as peer_runnables
from langchain_core import tools as peer_tools


def made(base, document):
    class BirdsRetriever(base):
        def _get_relevant_documents(self, query, *, run_manager):
            return [document(f"{query}!", metadata={"page": 1}, id="1")]

    return BirdsRetriever(tags=["t"], metadata={"m": 1})


def ours():
    return made(retrievers.BaseRetriever, documents.Document)


def theirs():
    return made(peer_retrievers.BaseRetriever, peer_documents.Document)


def plain(value):
    """Documents as data, so that those of both sides can be compared."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.model_dump() if hasattr(value, "model_dump") else value


async def told(runnable, input):
    events = []
    config = {"tags": ["c"], "metadata": {"z": 2}}
    async for event in runnable.astream_events(input, config, version="v2"):
        data = {key: plain(value) for key, value in event["data"].items()}
        events.append(
            (
                event["event"],
                event["name"],
                [*event["tags"]],
                event["metadata"],
                len(event["parent_ids"]),
                data,
            )
        )
    return events


async def test_alone():
    assert await told(ours(), "a") == await told(theirs(), "a")


async def test_in_a_chain():
    def count(found):
        return len(found)

    chain = RunnableLambda(str.upper) | ours() | count
    peer = peer_runnables.RunnableLambda(str.upper) | theirs() | count
    assert await told(chain, "a") == await told(peer, "a")


async def test_as_a_tool():
    tool = retrievers.create_retriever_tool(ours(), "birds", "Looks up birds.")
    peer = peer_tools.create_retriever_tool(theirs(), "birds", "Looks up birds.")
    assert await told(tool, {"query": "a"}) == await told(peer, {"query": "a"})
    assert tool.args == peer.args
    assert tool.tool_call_schema.model_json_schema()["properties"] == peer.args
