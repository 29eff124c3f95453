"""`attach_partial_json`: what models write, as JSON that grows, told as custom events of their runs."""

from __future__ import annotations

from typing import Final

from typing_extensions import Unpack

from eventflow.bus import FilterOptions, Subscription
from eventflow.subscribers.attached import attach_reader
from eventflow.subscribers.model_json import ModelJson

__all__ = ("PARTIAL_JSON", "attach_partial_json")

PARTIAL_JSON: Final = "partial_json"
"""The name of the events, unless another one is given."""


def attach_partial_json(*, name: str = PARTIAL_JSON, **filters: Unpack[FilterOptions]) -> Subscription:
    """Tell of the JSON that models are writing, as it grows, without being part of their chains.

    Each model that passes the filters tells an `on_custom_event` with the name `partial_json` when more can be
    seen of the JSON in its text, or of the arguments of a tool call; the `data` are a `PartialJsonData`. What
    turns out to be no JSON, or ends too early, is said once; the run goes on as ever.

    Arguments:
        name: another name for the events.
        filters: which models, as `subscribe` takes them: include_names, include_types, include_tags,
            exclude_names, exclude_types, exclude_tags, run, max_depth.

    Returns:
        A handle whose `close()` ends it; also a context manager.

    Raises SubscriptionError if an argument makes no sense.

    >>> from eventflow import ScriptedChatModel, subscribe
    >>> model = ScriptedChatModel(['{"city": "Par', 'is"}'])
    >>> with attach_partial_json(), subscribe(lambda e: print(e["data"]["value"]), phases=["custom"]):
    ...     answer = model.invoke("Which city?")
    {'city': 'Par'}
    {'city': 'Paris'}
    """
    return attach_reader(name, ModelJson, **filters)
