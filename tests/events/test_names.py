"""The names of events are forever: this list changes only with a major version."""

from typing import get_args

from eventflow.events import CUSTOM_EVENT, EVENT_NAMES, KINDS, PHASES, EventName, Kind, Phase
from eventflow.events.names import CustomName, EndName, ErrorName, StartName, StreamName

NAMES = """\
    on_chain_start       on_chain_stream       on_chain_end       on_chain_error
    on_chat_model_start  on_chat_model_stream  on_chat_model_end  on_chat_model_error
    on_llm_start         on_llm_stream         on_llm_end         on_llm_error
    on_prompt_start      on_prompt_stream      on_prompt_end      on_prompt_error
    on_parser_start      on_parser_stream      on_parser_end      on_parser_error
    on_tool_start        on_tool_stream        on_tool_end        on_tool_error
    on_retriever_start   on_retriever_stream   on_retriever_end   on_retriever_error
    on_custom_event
"""


def literals(alias: object) -> list[object]:
    """The strings of a Literal, or of a union of such."""
    return [one for part in get_args(alias) for one in ([part] if isinstance(part, str) else literals(part))]


def test_these_are_the_names() -> None:
    assert {name for names in EVENT_NAMES.values() for name in names.values()} == {*NAMES.split()}


def test_the_types_list_the_same_names() -> None:
    assert sorted(map(str, literals(EventName))) == sorted(NAMES.split())
    for phase, alias in zip(PHASES, (StartName, StreamName, EndName, ErrorName), strict=False):
        assert literals(alias) == [*EVENT_NAMES[phase].values()]
    assert literals(CustomName) == [CUSTOM_EVENT]


def test_kinds_and_phases_are_those_of_their_types() -> None:
    assert get_args(Kind) == KINDS
    assert get_args(Phase) == PHASES
    assert tuple(EVENT_NAMES) == PHASES
    assert all(tuple(names) == KINDS for names in EVENT_NAMES.values())


def test_a_name_is_spelled_from_kind_and_phase() -> None:
    for phase in PHASES:
        for kind in KINDS:
            expected = CUSTOM_EVENT if phase == "custom" else f"on_{kind}_{phase}"
            assert EVENT_NAMES[phase][kind] == expected
