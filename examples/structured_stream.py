"""Structured output that streams: a list of countries fills while the model writes it, and is checked at the end.

python examples/structured_stream.py
"""

from __future__ import annotations

from pydantic import BaseModel, Field

from eventflow import ScriptedChatModel

PIECES = ['{"countries": [{"name": "France",', ' "population": 67', '750000}, {"name": "Sp', 'ain"}]}']


class Country(BaseModel):
    """A country."""

    name: str = ""
    population: int | None = Field(default=None, description="how many people live there")


class Countries(BaseModel):
    """Some countries of the world."""

    countries: list[Country] = Field(description="the largest first")


def main() -> None:
    begin = {"name": "Countries", "args": "", "id": "1", "index": 0}
    model = ScriptedChatModel([begin, *({"args": piece, "index": 0} for piece in PIECES)], loop=True)
    teller = model.with_structured_output(Countries)
    whole = None
    for whole in teller.stream("Which countries are there?"):
        print(" | ".join(f"{country.name} {country.population or '...'}" for country in whole.countries))
    print(f"{whole == teller.invoke('Which countries are there?')}: the last one is what invoke gives")


if __name__ == "__main__":
    main()
