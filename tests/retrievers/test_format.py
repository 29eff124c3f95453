"""Documents as text."""

import pytest

from eventflow import PromptTemplate
from eventflow.documents import Document
from eventflow.retrievers import aformat_document, format_document

PARROT = Document("Parrots talk.", metadata={"page": 7, "by": "ann"})


async def test_text_and_metadata_are_the_variables():
    prompt = PromptTemplate.from_template("[{page}] {page_content}")
    assert format_document(PARROT, prompt) == await aformat_document(PARROT, prompt) == "[7] Parrots talk."


async def test_metadata_that_are_missing():
    prompt = PromptTemplate.from_template("{page} {author}")
    message = r"have metadata variables: \['author', 'page'\].*missing metadata: \['author'\]"
    with pytest.raises(ValueError, match=message):
        format_document(PARROT, prompt)
    with pytest.raises(ValueError, match=message):
        await aformat_document(PARROT, prompt)


def test_the_text_is_the_text_whatever_the_metadata_say():
    liar = Document("true", metadata={"page_content": "false"})
    assert format_document(liar, PromptTemplate.from_template("{page_content}")) == "true"
