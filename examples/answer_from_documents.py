"""Answers from a few documents: the sources are shown as soon as they are found, and then the answer as it comes.

python examples/answer_from_documents.py
"""

from __future__ import annotations

from eventflow import (
    BM25Retriever,
    ChatPromptTemplate,
    Document,
    RunnablePassthrough,
    ScriptedChatModel,
    StrOutputParser,
)

DOCUMENTS = [
    Document("Parrots talk, but seldom about streams.", metadata={"source": "birds.md"}),
    Document("A stream gives each token when it is there.", metadata={"source": "streams.md"}),
    Document("Salmon swim up the stream, whatever comes down.", metadata={"source": "fish.md"}),
]


def in_one_text(documents: list[Document]) -> str:
    """What the model gets to read."""
    return "\n\n".join(document.page_content for document in documents)


def main() -> None:
    retriever = BM25Retriever.from_documents(DOCUMENTS, k=2)
    prompt = ChatPromptTemplate.from_messages(
        [("system", "Answer from this only:\n\n{context}"), ("human", "{question}")]
    )
    model = ScriptedChatModel.from_text("Each token is there when it is there.", chunk_size=8)
    chain = {"context": retriever | in_one_text, "question": RunnablePassthrough()} | prompt | model
    for event in (chain | StrOutputParser()).stream_events("When does a stream give a token?"):
        if event["event"] == "on_retriever_end":
            for document in event["data"].get("output", []):
                print(f"[{document.metadata['source']}] {document.page_content}")
        elif event["event"] == "on_parser_stream":
            print(event["data"]["chunk"], end="|", flush=True)
    print()


if __name__ == "__main__":
    main()
