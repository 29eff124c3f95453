"""Token counts of all models in a run."""

from callbacks.telling import HandMade
from eventflow.callbacks import UsageMetadataCallbackHandler, handler_receiver
from eventflow.messages import AIMessage, AIMessageChunk, HumanMessage


def answer(model, tokens, kind=AIMessage):
    usage = {"input_tokens": tokens, "output_tokens": 2 * tokens, "total_tokens": 3 * tokens}
    return kind("hi", response_metadata={"model_name": model} if model else {}, usage_metadata=usage)


def counted(*outputs):
    handler = UsageMetadataCallbackHandler()
    receiver = handler_receiver(handler)
    for output in outputs:
        HandMade("chat_model").tell(receiver, "end", output)
    assert repr(handler) == repr(handler.usage_metadata)
    return {model: usage["total_tokens"] for model, usage in handler.usage_metadata.items()}


def test_counts_add_up_by_model():
    answers = [answer("a", 1), answer("b", 10), answer("a", 2, AIMessageChunk)]
    assert counted(*answers) == {"a": 9, "b": 30}


def test_what_says_nothing_of_its_model_or_its_tokens_is_not_counted():
    assert counted(answer(None, 1), AIMessage("hi"), HumanMessage("hi"), "hi") == {}
