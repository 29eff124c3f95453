"""A retriever as a tool."""

from eventflow import PromptTemplate, ToolMessage
from eventflow.documents import Document
from eventflow.retrievers import BaseRetriever, create_retriever_tool


class Birds(BaseRetriever):
    blocking = False

    def _get_relevant_documents(self, query, *, run_manager):
        return [
            Document(f"{query} talk.", metadata={"page": 1}),
            Document("Owls hoot.", metadata={"page": 2}),
        ]


def tool(**options):
    return create_retriever_tool(Birds(), "birds", "Looks up birds.", **options)


async def test_it_gives_the_texts():
    assert tool().invoke({"query": "Parrots"}) == "Parrots talk.\n\nOwls hoot."
    assert await tool().ainvoke("Parrots") == "Parrots talk.\n\nOwls hoot."


def test_the_texts_look_as_the_prompt_says():
    made = tool(
        document_prompt=PromptTemplate.from_template("{page}: {page_content}"), document_separator="; "
    )
    assert made.invoke("Parrots") == "1: Parrots talk.; 2: Owls hoot."


async def test_the_documents_as_artifact():
    made = tool(response_format="content_and_artifact")
    call = {"type": "tool_call", "id": "1", "name": "birds", "args": {"query": "Parrots"}}
    message = made.invoke(call)
    assert message == await made.ainvoke(call)
    assert isinstance(message, ToolMessage)
    assert message.content == "Parrots talk.\n\nOwls hoot."
    assert [document.metadata["page"] for document in message.artifact] == [1, 2]


def test_what_a_model_is_told():
    made = tool()
    assert (made.name, made.description) == ("birds", "Looks up birds.")
    assert made.args == {
        "query": {"description": "query to look up in retriever", "title": "Query", "type": "string"}
    }


async def test_the_retriever_is_a_child_of_the_tool():
    events = [event async for event in tool().astream_events({"query": "Parrots"})]
    told = [(event["event"], event["name"], len(event["parent_ids"])) for event in events]
    assert told == [
        ("on_tool_start", "birds", 0),
        ("on_retriever_start", "Birds", 1),
        ("on_retriever_end", "Birds", 1),
        ("on_tool_end", "birds", 0),
    ]
