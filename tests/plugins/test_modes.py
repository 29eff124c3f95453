"""`stream_modes`, with distributions that are really there."""

import pytest

from eventflow import PluginError, Recorder, ScriptedChatModel, subscribe
from eventflow.plugins import stream_modes
from plugins.distributions import install

WORDS = """
    class Words:
        filters = {"phases": ["stream"], "include_types": ["chat_model"]}

        def __call__(self, event):
            return event["data"]["chunk"].text.split()

    def make():
        return Words()

    async def later():
        return Words()

    class Awaited:
        async def __call__(self, event):
            return []

    class Mute:
        pass

    three = 3
"""


def test_a_mode_is_a_factory_of_projections(place):
    install(place, "words", WORDS, modes={"words": "Words", "again": "make"})
    modes = stream_modes()
    assert ([*modes], len(modes), "words" in modes) == (["again", "words"], 2, True)
    recorder = Recorder()
    with subscribe(recorder, **modes["words"]().filters):
        list(ScriptedChatModel(["to be ", "or not"]).stream("?"))
    mode = modes["words"]()
    assert [word for event in recorder.events for word in mode(event)] == ["to", "be", "or", "not"]


@pytest.mark.parametrize(
    ("name", "at", "why"),
    [
        ("values", "Words", "eventflow has a mode of this name itself: give the plugin another"),
        ("events", "Words", "eventflow has a mode of this name itself: give the plugin another"),
        ("mine", "later", "is a coroutine function"),
        ("mine", "Awaited", "is a coroutine function"),
        ("mine", "three", "TypeError: it is 3"),
        ("mine", "Mute", "has no __call__(event)"),
        ("mine", "Gone", "AttributeError"),
    ],
)
def test_a_broken_mode_is_named_and_stops_no_other(name, at, why, place, caplog):
    install(place, "words", WORDS, modes={name: at, "words": "Words"})
    modes = stream_modes()
    assert ([*modes], [*modes.failed]) == (["words"], [name])
    assert isinstance(modes.failed[name], PluginError)
    assert why in str(modes.failed[name])
    assert [entry.name for entry in caplog.records] == ["eventflow.plugins"]
    with pytest.raises(KeyError):
        modes[name]


def test_a_name_that_two_distributions_want_is_nobodys(place):
    install(place, "one", WORDS, modes={"words": "Words"})
    install(place, "two", WORDS, modes={"words": "Words"})
    assert "taken twice" in str(stream_modes().failed["words"])


def test_only_those_that_are_asked_for_are_loaded(place):
    install(place, "words", WORDS, modes={"words": "Words"}, subscribers={"sub": "make"})
    install(place, "broken", "raise ValueError", modes={"broken": "make"})
    assert repr(stream_modes("words")) == "<StreamModes loaded=['words'] failed=[]>"
    with pytest.raises(PluginError, match=r"no plugin 'sub' in eventflow.stream_modes: installed are "):
        stream_modes("sub")


def test_they_can_be_switched_off(place, monkeypatch):
    install(place, "words", WORDS, modes={"words": "Words", "make": "make"})
    monkeypatch.setenv("EVENTFLOW_PLUGINS", "make")
    assert [*stream_modes()] == ["make"]
    monkeypatch.setenv("EVENTFLOW_PLUGINS", "none")
    assert [*stream_modes()] == []
