"""The id that a caller gives a run."""

from uuid import UUID

import pytest

from eventflow import RunnableLambda

GIVEN = UUID("019e0000-0000-7000-8000-000000000001")


@pytest.mark.parametrize("run_id", [GIVEN, str(GIVEN)])
def test_the_root_has_the_id_of_the_config_and_its_children_have_not(run_id):
    outer = RunnableLambda(lambda x: RunnableLambda(str).invoke(x))
    events = list(outer.stream_events(1, {"run_id": run_id}))
    assert {event["run_id"] for event in events if not event["parent_ids"]} == {str(GIVEN)}
    assert all(event["run_id"] != str(GIVEN) for event in events if event["parent_ids"])


@pytest.mark.parametrize("run_id", ["mine", 7, ""])
def test_it_has_to_be_a_uuid(run_id):
    with pytest.raises(ValueError, match=f"run_id={run_id!r}: give a UUID"):
        RunnableLambda(str).invoke(1, {"run_id": run_id})
