"""The JSON in an answer as an instance of a model."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError

from eventflow.errors import OutputParserException
from eventflow.models import ScriptedChatModel
from eventflow.parsers import PydanticOutputParser
from eventflow.parsers.validation import validated
from eventflow.runnables import RunnableLambda
from parsers.cuts import cuts_of, results


class Film(BaseModel):
    """A film."""

    title: str = Field(min_length=2)
    year: int = 0
    cast: list[str] = []


FILM = PydanticOutputParser(pydantic_object=Film)
TEXT = '{"title": "Big", "year": 1988, "cast": ["Tom", "Liz"]}'


async def test_an_instance():
    assert FILM.invoke(TEXT) == Film(title="Big", year=1988, cast=["Tom", "Liz"])
    assert await FILM.ainvoke(f"```json\n{TEXT}\n```") == FILM.parse(TEXT)


async def test_instances_from_when_they_are_valid():
    cuts = ['{"title": "B', 'ig", "ye', 'ar": 1', '988, "cast": [', '"Tom"', ', "Liz"]', "}"]
    assert "".join(cuts) == TEXT
    assert await results(FILM, cuts) == [
        Film(title="Big"),
        Film(title="Big", year=1),
        Film(title="Big", year=1988),
        Film(title="Big", year=1988, cast=["Tom"]),
        Film(title="Big", year=1988, cast=["Tom", "Liz"]),
    ]


async def test_what_the_model_leaves_out_is_no_news():
    assert await results(FILM, ['{"title": "Big"', ', "colour": "re', 'd"}']) == [Film(title="Big")]


def test_each_replaces_the_one_before_in_a_chain():
    chain = ScriptedChatModel([TEXT[:20], TEXT[20:]]) | FILM | RunnableLambda(lambda film: film.year)
    assert list(chain.stream("")) == [1988]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            '{"title": "B"}',
            "the answer is not a valid Film: title: String should have at least 2 characters, not 'B'",
        ),
        (
            '{"year": "x", "cast": [1]}',
            "the answer is not a valid Film: title: Field required; year: Input should be a valid integer, unable "
            "to parse string as an integer, not 'x'; cast.0: Input should be a valid string, not 1",
        ),
        (
            "[]",
            "the answer is not a valid Film: Input should be a valid dictionary or instance of Film, not []",
        ),
        (
            "null",
            "the answer is not a valid Film: Input should be a valid dictionary or instance of Film, not None",
        ),
    ],
)
async def test_what_is_not_valid(text, why):
    with pytest.raises(OutputParserException) as caught:
        FILM.invoke(text)
    assert str(caught.value) == why
    assert caught.value.llm_output == text
    assert isinstance(caught.value.__cause__, ValidationError)
    with pytest.raises(OutputParserException) as streamed:
        await results(FILM, text)
    assert (str(streamed.value), streamed.value.llm_output) == (why, text)


async def test_what_is_valid_and_cut_off_is_an_error_at_the_end():
    reading = FILM.transform(iter([TEXT[:20]]))
    assert next(reading) == Film(title="Big")
    with pytest.raises(OutputParserException, match="there is no complete JSON"):
        next(reading)


def test_differences_between_instances_are_not_known():
    parser = PydanticOutputParser(pydantic_object=Film, diff=True)
    with pytest.raises(NotImplementedError, match="leave out diff=True"):
        list(parser.transform(iter([TEXT])))


def test_the_schema_of_what_it_gives():
    assert FILM.get_output_schema() is Film


def test_the_model_is_needed():
    with pytest.raises(ValidationError):
        PydanticOutputParser()


def test_the_format_instructions_have_the_schema():
    told = FILM.get_format_instructions()
    assert '"minLength": 2' in told
    assert '"title": "Film"' not in told


FILMS = st.builds(
    Film, title=st.text(min_size=2, max_size=5), year=st.integers(), cast=st.lists(st.text(max_size=3))
)


@given(
    FILMS.map(lambda film: film.model_dump_json()).flatmap(
        lambda text: st.tuples(st.just(text), cuts_of(text))
    )
)
async def test_any_pieces_end_with_the_whole(drawn):
    text, pieces = drawn
    assert (await results(FILM, pieces))[-1] == FILM.invoke(text) == Film(**json.loads(text))


def test_an_error_of_a_validator_of_ones_own():
    class Even(BaseModel):
        n: int

        def model_post_init(self, context):
            if self.n % 2:
                raise ValueError("odd")

    with pytest.raises(OutputParserException, match="it is not a valid Even: Value error, odd"):
        validated(Even, {"n": 1}, what="it", llm_output="")
