"""Retrievers of one's own: hooks, events and names."""

import threading
from uuid import UUID

import pytest

from eventflow import BaseCallbackHandler, RunnableLambda
from eventflow.documents import Document
from eventflow.retrievers import BaseRetriever

HI = [Document("hi")]


class Plain(BaseRetriever):
    """Needs no run manager."""

    def _get_relevant_documents(self, query):
        return [Document(query)]


class Managed(BaseRetriever):
    def _get_relevant_documents(self, query, *, run_manager, k=1):
        about = {"tags": run_manager.tags, "id": run_manager.run_id, "parent": run_manager.parent_run_id}
        return [Document(query, metadata={**about, **run_manager.metadata})] * k


class Native(Managed):
    async def _aget_relevant_documents(self, query, *, run_manager):
        return [Document(f"async {query}", metadata={"id": run_manager.run_id})]


class Nearest(Native):
    def _get_relevant_documents(self, query):
        return [Document(f"nearest {query}")]


@pytest.mark.parametrize("retriever", [Plain(), Managed(), Nearest()])
async def test_every_verb(retriever):
    found = retriever.invoke("a")[0].page_content
    assert (await retriever.ainvoke("a"))[0].page_content == found
    assert [documents[0].page_content for documents in retriever.stream("a")] == [found]
    assert [documents[0].page_content async for documents in retriever.astream("a")] == [found]
    assert [documents[0].page_content for documents in retriever.batch(["a", "a"])] == [found, found]


async def test_a_hook_that_can_be_awaited():
    assert (await Native().ainvoke("a"))[0].page_content == "async a"
    assert Native().invoke("a")[0].page_content == "a"


async def test_in_async_code_the_hook_is_called_in_a_thread_unless_it_says_that_it_does_not_block():
    class Where(BaseRetriever):
        def _get_relevant_documents(self, query):
            return [Document(threading.current_thread().name)]

    class Here(Where):
        blocking = False

    here = threading.current_thread().name
    assert (await Where().ainvoke(""))[0].page_content != here
    assert (await Here().ainvoke(""))[0].page_content == here


def test_the_run_that_it_works_for():
    (document,) = Managed(tags=["t"], metadata={"m": 1}).invoke("a", {"tags": ["c"], "metadata": {"z": 2}})
    assert document.metadata["tags"] == ["c", "t"]
    assert isinstance(document.metadata["id"], UUID)
    assert document.metadata["parent"] is None
    assert {key: document.metadata[key] for key in ("m", "z", "ls_retriever_name")} == {
        "m": 1,
        "z": 2,
        "ls_retriever_name": "managed",
    }


async def test_what_is_called_with_the_run_is_a_child_of_it():
    class Asks(BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager):
            inner = RunnableLambda(lambda x: x, name="inner")
            return [Document(inner.invoke(query, {"callbacks": run_manager.get_child()}))]

        async def _aget_relevant_documents(self, query, *, run_manager):
            inner = RunnableLambda(lambda x: x, name="inner")
            return [Document(await inner.ainvoke(query, {"callbacks": run_manager.get_child()}))]

    for events in (
        [*Asks().stream_events("a")],
        [event async for event in Asks().astream_events("a")],
    ):
        (root, inner, *_) = events
        assert (inner["name"], inner["parent_ids"]) == ("inner", [root["run_id"]])


def test_arguments_reach_the_hook():
    assert len(Managed().invoke("a", k=3)) == len(Managed().bind(k=3).invoke("a")) == 3


async def test_events():
    chain = RunnableLambda(lambda x: x) | Plain(tags=["t"], metadata={"m": 1})
    events = [event async for event in chain.astream_events("a", include_types=["retriever"])]
    start, end = events
    assert (start["event"], start["name"], start["tags"]) == (
        "on_retriever_start",
        "Plain",
        ["seq:step:2", "t"],
    )
    assert start["metadata"] == {"ls_retriever_name": "plain", "m": 1}
    assert start["data"] == {"input": {"query": "a"}}
    assert end["event"] == "on_retriever_end"
    assert end["data"] == {"output": [Document("a")], "input": {"query": "a"}}


async def test_an_error_is_told():
    class Broken(BaseRetriever):
        def _get_relevant_documents(self, query):
            raise LookupError(query)

    events = []

    async def watch():
        async for event in Broken().astream_events("a"):
            events.append(event["event"])  # noqa: PERF401  # what came before the error counts

    with pytest.raises(LookupError):
        await watch()
    assert events == ["on_retriever_start", "on_retriever_error"]


def test_handlers_are_told():
    told = []

    class Handler(BaseCallbackHandler):
        def on_retriever_start(self, serialized, query, **kwargs):
            told.append(query)

        def on_retriever_end(self, documents, **kwargs):
            told.append(documents)

    Plain().invoke("a", {"callbacks": [Handler()]})
    assert told == ["a", [Document("a")]]


@pytest.mark.parametrize(
    ("name", "short"),
    [("FooRetriever", "foo"), ("RetrieverFoo", "foo"), ("Foo", "foo"), ("My docs", "my docs")],
)
def test_short_names(name, short):
    assert Plain(name=name).run_metadata()["ls_retriever_name"] == short


def test_a_class_has_to_say_what_it_finds():
    with pytest.raises(TypeError, match="_get_relevant_documents"):
        type("Nothing", (BaseRetriever,), {})()


def test_what_it_takes_and_gives():
    assert (Plain().InputType, Plain().OutputType) == (str, list[Document])
    assert Plain().get_output_jsonschema()["items"] == {"$ref": "#/$defs/Document"}
