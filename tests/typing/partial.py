"""What the type checkers know about `Partial`. Never run; lines marked `# error` must be refused."""

# pyright: strict

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_type

from pydantic import BaseModel

from eventflow.parsers import Partial, PydanticOutputParser


class Country(BaseModel):
    name: str
    population: int


def a_stream_gives_what_stands_for_instances() -> None:
    parser = PydanticOutputParser(pydantic_object=Country, partial=True)
    assert_type(parser.stream("{}"), Iterator[Country])
    for country in parser.stream("{}"):
        if isinstance(country, Partial):
            assert_type(country.name, str)
            assert_type(country.model_fields_complete, frozenset[str])
        else:
            assert_type(country, Country)
        print(country.nam)  # error


def a_view_knows_its_fields(view: Partial[Country]) -> None:
    assert_type(view.model_typed.name, str)
    assert_type(view.model_typed, Country)
    print(view.model_typed.nam)  # error
    view.model_is_complete("name", 1.5)  # error
    wrong: Country = view  # error
    print(wrong)
