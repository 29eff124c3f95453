"""How prompts and their variables are printed."""

from pydantic import BaseModel, Field

from eventflow.prompts.pretty import given, shown


def test_a_variable_is_shown_whatever_its_format():
    name = shown("price")
    assert f"{name} {name:.2f} {name!r} {name!s:>20}" == "{price} {price} {price}              {price}"
    assert shown("price", coloured=True).count("\x1b[") == 3


class Model(BaseModel):
    required: int
    plain: int = 1
    made: list[int] = Field(default_factory=list)
    hidden: int = Field(1, repr=False)


def test_given_are_the_fields_that_have_not_their_default():
    assert dict(given(Model(required=1))) == {"required": 1}
    assert dict(given(Model(required=1, plain=2, made=[3], hidden=4))) == {
        "required": 1,
        "plain": 2,
        "made": [3],
    }
