"""The run, as the hooks of a retriever know it."""

from uuid import UUID

from pydantic import Field

from eventflow import RunnableLambda, listen
from eventflow.documents import Document
from eventflow.retrievers import (
    AsyncCallbackManagerForRetrieverRun,
    BaseRetriever,
    CallbackManagerForRetrieverRun,
)


class Keeps(BaseRetriever):
    """Keeps the manager that it is given."""

    seen: list = Field(default_factory=list)

    def _get_relevant_documents(self, query, *, run_manager):
        self.seen.append(run_manager)
        return [Document(query)]

    async def _aget_relevant_documents(self, query, *, run_manager):
        self.seen.append(run_manager)
        return [Document(query)]


async def test_it_says_who_the_run_is():
    retriever = Keeps(tags=["t"], metadata={"m": 1})
    with listen(phases=["start"]) as events:
        (RunnableLambda(lambda x: x, name="before") | retriever).invoke("a", {"tags": ["c"]})
        await retriever.ainvoke("a")
    inner, alone = [event for event in events if event["name"] == "Keeps"]
    manager, amanager = retriever.seen
    assert type(manager) is CallbackManagerForRetrieverRun
    assert manager.run_id == UUID(inner["run_id"])
    assert manager.parent_run_id == UUID(inner["parent_ids"][-1])
    assert (manager.tags, manager.metadata) == (inner["tags"], inner["metadata"])
    assert type(amanager) is AsyncCallbackManagerForRetrieverRun
    assert amanager.run_id == amanager.get_sync().run_id == UUID(alone["run_id"])
    assert amanager.parent_run_id is None
    assert type(amanager.get_sync()) is CallbackManagerForRetrieverRun
