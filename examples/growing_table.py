"""A table of countries that grows in the terminal, row by row and digit by digit, while a model writes it as JSON.

python examples/growing_table.py
python examples/growing_table.py openai:gpt-5-mini    # the same from a model, with OPENAI_API_KEY set
"""

from __future__ import annotations

import sys
from typing import Any

from eventflow import BaseChatModel, JsonOutputParser, ScriptedChatModel, init_chat_model

QUESTION = 'Five countries as JSON: {"countries": [{"name": ., "capital": ., "population": ., "area": km2}]}'
ANSWER = """Here are five countries:
```json
{"countries": [
  {"name": "France", "capital": "Paris", "population": 67750000, "area": 551695},
  {"name": "Spain", "capital": "Madrid", "population": 47420000, "area": 505990},
  {"name": "C\\u00f4te d'Ivoire", "capital": "Yamoussoukro", "population": 28160000, "area": 322463},
  {"name": "Japan", "capital": "Tokyo", "population": 124500000, "area": 377975},
  {"name": "Vanuatu", "capital": "Port Vila", "population": 326700, "area": 12189}
]}
```
Ask me for more!"""

IS_TERMINAL = sys.stdout.isatty()
BACK, BOLD, PLAIN = ("\r\x1b[K", "\x1b[1m", "\x1b[0m") if IS_TERMINAL else ("", "", "")


def line(country: dict[str, Any], end: str = "") -> str:
    """A row, as far as it is there; `end` stands behind what has come last."""
    cells = {key: f"{one:,}" if isinstance(one, int) else str(one) for key, one in country.items()}
    if cells:
        cells[list(cells)[-1]] += end
    name, capital, population, area = (
        cells.get(key, "") for key in ("name", "capital", "population", "area")
    )
    return f"{name:<16} {capital:<14} {population:>13} {area:>10}"


def main() -> None:
    model: BaseChatModel = ScriptedChatModel.from_text(
        ANSWER, chunk_size=3, pause=0.03 if IS_TERMINAL else None
    )
    if sys.argv[1:]:
        model = init_chat_model(sys.argv[1])
    print(f"{BOLD}{'country':<16} {'capital':<14} {'population':>13} {'area':>10}{PLAIN}")
    finished, countries = 0, list[dict[str, Any]]()
    for value in (model | JsonOutputParser()).stream(QUESTION):
        countries = value.get("countries", [])
        for country in countries[finished:-1]:  # all but the last are finished
            print(BACK + line(country))
            finished += 1
        if IS_TERMINAL and countries:
            print(BACK + line(countries[-1], "▌"), end="", flush=True)
    for country in countries[finished:]:
        print(BACK + line(country))
    print(f"{len(countries)} countries, {sum(one['population'] for one in countries):,} people")


if __name__ == "__main__":
    main()
