"""Cutting messages up; the pieces add up to the message."""

from hypothesis import given
from hypothesis import strategies as st

from eventflow.messages import AIMessage, merge_chunks, message_chunk_to_message
from eventflow.models.pieces import as_chunk, in_words

USAGE = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
CALL = {"name": "add", "args": {"a": 1}, "id": "1", "type": "tool_call"}
FULL = AIMessage(
    "hello you",
    id="7",
    name="bot",
    tool_calls=[CALL],
    usage_metadata=USAGE,
    response_metadata={"model": "m"},
    additional_kwargs={"x": 1},
)


def added(chunks):
    return message_chunk_to_message(merge_chunks(chunks))


def test_one_chunk_has_all_of_the_message():
    assert added([as_chunk(FULL)]) == FULL


def test_words_have_all_of_the_message_together():
    chunks = in_words(FULL)
    assert [chunk.content for chunk in chunks] == ["hello", " ", "you", ""]
    assert [chunk.chunk_position for chunk in chunks] == [None, None, None, "last"]
    assert added(chunks) == FULL


@given(text=st.text(alphabet="ab \n\t", max_size=12))
def test_words_add_up(text):
    assert added(in_words(AIMessage(text))) == AIMessage(text)


def test_a_message_of_nothing_but_calls():
    message = AIMessage("", tool_calls=[CALL])
    assert added(in_words(message)) == message


def test_content_that_is_not_text_stays_whole():
    message = AIMessage([{"type": "text", "text": "two words"}])
    assert [chunk.content for chunk in in_words(message)] == [message.content]


def test_arguments_of_a_function_call_come_in_pieces():
    message = AIMessage(
        "", additional_kwargs={"function_call": {"name": "f", "arguments": '{"a": 1,"b": 2}'}}
    )
    pieces = [chunk.additional_kwargs["function_call"] for chunk in in_words(message)]
    assert pieces == [{"name": "f"}, {"arguments": '{"a": 1'}, {"arguments": ","}, {"arguments": '"b": 2}'}]
