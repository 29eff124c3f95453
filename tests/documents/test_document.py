"""Texts with metadata: as data, as text, and as LangChain's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from eventflow.documents import Document

documents = st.builds(
    Document,
    st.text(),
    id=st.none() | st.text() | st.integers(),
    metadata=st.dictionaries(st.text(), st.none() | st.integers() | st.text()),
)


@given(documents)
def test_it_is_read_back_from_its_data(document):
    assert Document.model_validate(document.model_dump()) == document
    assert Document.model_validate_json(document.model_dump_json()) == document
    assert eval(repr(document)) == document


@given(documents)
def test_like_langchain(document):
    theirs = pytest.importorskip("langchain_core.documents").Document
    twin = theirs(document.page_content, metadata=document.metadata, id=document.id)
    assert (repr(document), str(document)) == (repr(twin), str(twin))
    assert document.model_dump() == twin.model_dump()
    assert document.model_dump_json() == twin.model_dump_json()
    assert Document.model_validate(twin.model_dump()) == document


def test_the_id_is_part_of_it_but_not_of_its_text():
    assert Document("a", id=1) == Document("a", id="1")
    assert Document("a", id="1") != Document("a")
    assert str(Document("a", id="1")) == str(Document("a")) == "page_content='a'"


def test_each_has_metadata_of_its_own():
    one, other = Document("a"), Document("a")
    one.metadata["page"] = 1
    assert other.metadata == {}


def test_it_is_a_field_of_models():
    class Found(BaseModel):
        documents: list[Document]

    found = Found(documents=[{"page_content": "a", "metadata": {"page": 1}}, Document("b")])
    assert found.documents == [Document("a", metadata={"page": 1}), Document("b")]
    assert Found.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    "fields", [{"page_content": 3}, {"page_content": "a", "metadata": []}, {"page_content": "a", "type": "b"}]
)
def test_what_is_no_document(fields):
    with pytest.raises(ValidationError):
        Document.model_validate(fields)


def test_it_has_a_text():
    with pytest.raises(TypeError, match="page_content"):
        Document()
