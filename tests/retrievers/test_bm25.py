"""Finding documents by words."""

import pytest
from pydantic import ValidationError

from eventflow.documents import Document
from eventflow.retrievers import BM25Retriever

BIRDS = ["Parrots talk.", "Owls hoot at night.", "Owls hunt mice.", "鹦鹉会说话。", "猫头鹰在夜里叫。"]


def found(question, texts=BIRDS, **options):
    return [document.page_content for document in BM25Retriever.from_texts(texts, **options).invoke(question)]


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("What do owls hunt?", [BIRDS[2], BIRDS[1]]),
        ("PARROTS", [BIRDS[0]]),
        ("谁会说话", [BIRDS[3]]),
        ("叫", [BIRDS[4]]),
        ("penguins", []),
        ("", []),
    ],
)
def test_questions(question, texts):
    assert found(question) == texts


def test_at_most_k():
    assert found("owls", k=1) == BIRDS[1:2] or found("owls", k=1) == BIRDS[2:3]
    assert found("owls", ["owls"] * 9) == ["owls"] * 4
    assert found("owls", k=0) == []


def test_metadata_and_ids():
    made = BM25Retriever.from_texts(["a", "b"], [{"page": 1}, {"page": 2}], ["x", "y"], k=1, tags=["t"])
    assert made.invoke("b") == [Document("b", metadata={"page": 2}, id="y")]
    assert (made.k, made.tags) == (1, ["t"])


def test_documents_are_given_as_they_are():
    documents = [Document("a", id="1"), Document("b")]
    made = BM25Retriever.from_documents(iter(documents))
    assert made.invoke("a")[0] is documents[0]
    assert made.docs == documents


def test_as_many_metadata_as_texts():
    with pytest.raises(ValueError, match="1 metadatas for 2 texts: give one each"):
        BM25Retriever.from_texts(["a", "b"], [{}])


def test_other_words():
    assert found("Parrots talk.", preprocess_func=str.split) == BIRDS[:1]
    assert found("parrots", preprocess_func=str.split) == []


def test_other_parameters():
    texts = ["owl and mouse and more", "owl mouse"]
    assert found("owl", texts) == [texts[1], texts[0]]
    assert found("owl", texts, bm25_params={"b": 0}) == texts
    with pytest.raises(TypeError, match="k2"):
        found("owl", bm25_params={"k2": 1})


def test_how_many_is_checked():
    with pytest.raises(ValidationError):
        BM25Retriever.from_texts([], k=-1)


async def test_async_and_several_questions():
    birds = BM25Retriever.from_texts(BIRDS, k=1)
    assert await birds.ainvoke("parrots") == birds.invoke("parrots")
    assert await birds.abatch(["parrots", "hunt"]) == birds.batch(["parrots", "hunt"])


def test_a_question_looks_only_at_texts_that_share_words():
    looked = []

    class Postings(dict):
        def get(self, word, default):
            looked.append((word, len(super().get(word, default))))
            return super().get(word, default)

    birds = BM25Retriever.from_texts([*["crow"] * 1000, "owl"])
    birds._index._worth = Postings(birds._index._worth)
    assert len(birds.invoke("owl penguin")) == 1
    assert looked == [("owl", 1), ("penguin", 0)]
