"""What runs say of their model."""

import pytest

from eventflow.models.params import ls_params


@pytest.mark.parametrize(
    ("name", "provider"),
    [("ChatOpenAI", "openai"), ("AcmeChat", "acme"), ("Acme", "acme"), ("Chat", "")],
)
def test_the_provider_is_in_the_name(name, provider):
    assert ls_params(name, {}, None, {})["ls_provider"] == provider


def test_the_call_overrules_the_model():
    found = ls_params("M", {"model_name": "a", "temperature": 0, "max_tokens": 5}, [], {"model": "b"})
    assert found == {
        "ls_provider": "m",
        "ls_model_type": "chat",
        "ls_model_name": "b",
        "ls_temperature": 0,
        "ls_max_tokens": 5,
    }


def test_what_has_another_type_is_left_out():
    found = ls_params("M", {"model": None, "model_name": "a", "temperature": "hot"}, ["."], {})
    assert found == {"ls_provider": "m", "ls_model_type": "chat", "ls_stop": ["."], "ls_model_name": "a"}
