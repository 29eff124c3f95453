"""The public types and the table of names say the same."""

from typing import Any, NotRequired, get_args, get_origin

import pytest
from typing_extensions import get_type_hints

from eventflow.events import (
    EVENT_NAMES,
    KINDS,
    MISSING,
    PHASES,
    Event,
    Kind,
    Phase,
    RunInfo,
    StreamEvent,
    types,
)

MEMBERS: tuple[Any, ...] = get_args(StreamEvent)

NOT_TOLD = {"on_prompt_stream", "on_retriever_stream"}
"""Names that exist, as in LangChain, and are never told: prompts and retrievers give one result."""


def event_names(member: Any) -> set[str]:
    """The values of `event` for which a dictionary is of this type."""
    found: set[str] = set()
    todo = [get_type_hints(member)["event"]]
    while todo:
        for one in get_args(todo.pop()):
            found |= {one} if isinstance(one, str) else set()
            todo += [] if isinstance(one, str) else [one]
    return found


def required(data_type: Any) -> set[str]:
    """The keys that are always there."""
    hints = get_type_hints(data_type, include_extras=True)
    return {key for key, hint in hints.items() if get_origin(hint) is not NotRequired}


def test_each_name_leads_to_exactly_one_type() -> None:
    names = [name for member in MEMBERS for name in sorted(event_names(member))]
    assert sorted(names) == sorted({n for table in EVENT_NAMES.values() for n in table.values()} - NOT_TOLD)


@pytest.mark.parametrize("call_id", ["c1", None])
@pytest.mark.parametrize("input", ["in", MISSING])
@pytest.mark.parametrize("data", ["data", MISSING])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("phase", PHASES)
def test_each_dictionary_has_the_keys_of_its_type(
    phase: Phase, kind: Kind, data: object, input: object, call_id: str | None
) -> None:
    if EVENT_NAMES[phase][kind] in NOT_TOLD or (data is MISSING and phase not in ("start", "end")):
        return
    info = RunInfo("r", "x", kind, tool_call_id=call_id if kind == "tool" else None)
    event = Event(phase, info, data, None if phase == "stream" else (input, None))
    public: Any = event.as_dict()
    [member] = [member for member in MEMBERS if public["event"] in event_names(member)]
    hints = get_type_hints(member)
    assert public.keys() == hints.keys()
    if phase != "custom":
        assert required(hints["data"]) <= public["data"].keys() <= get_type_hints(hints["data"]).keys()


def test_every_public_type_is_listed() -> None:
    named = {
        name for name, value in vars(types).items() if getattr(value, "__module__", "") == types.__name__
    }
    assert named | {"StreamEvent"} == {*types.__all__}
