"""Views of a model that is still being written: what they show, what is judged when, and that it is done once."""

from __future__ import annotations

import copy
import json
import pickle
from collections import Counter
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from eventflow.errors import OutputParserException
from eventflow.messages import Generation
from eventflow.models import ScriptedChatModel
from eventflow.parsers import NOT_YET, Partial, PydanticOutputParser
from eventflow.runnables import RunnableLambda
from eventflow.subscribers.plain import as_plain
from parsers.cuts import cuts_of, pieces, results


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class City(BaseModel):
    name: str = Field(min_length=2)
    founded: date | None = None
    colour: Colour = Colour.RED
    people: int = 0


class Country(BaseModel):
    name: str
    population: int | None = None
    capital: City | None = None
    cities: list[City] = []
    rivers: dict[str, int] = {}
    more: dict[str, Any] = {}
    tags: list[str] = []


def parser_of(model: type[BaseModel]) -> Any:
    return PydanticOutputParser(pydantic_object=model, partial=True)


def views(model: type[BaseModel], *texts: str) -> list[Any]:
    """What a stream gives that is cut off after these pieces."""
    found: list[Any] = []
    with pytest.raises(OutputParserException, match="there is no complete JSON"):
        found.extend(parser_of(model).transform(iter(texts)))
    return found


def last(model: type[BaseModel], text: str) -> Any:
    return views(model, text)[-1]


# ---- what is shown


async def test_views_until_the_instance_is_there():
    cuts = [
        '{"na',
        'me": "Fra',
        "nce",
        '"',
        ', "popu',
        'lation": 6',
        "8",
        ', "capital": {"name": "Pa',
        'ris"',
        "}}",
    ]
    *shown, whole = await results(parser_of(Country), cuts)
    assert whole == Country(name="France", population=68, capital=City(name="Paris"))
    assert [repr(view) for view in shown] == [
        "Partial[Country]()",
        "Partial[Country](name='Fra')",
        "Partial[Country](name='France')",
        "Partial[Country](name='France')",
        "Partial[Country](name='France')",  # a number may go on
        "Partial[Country](name='France')",
        "Partial[Country](name='France', population=68, capital=Partial[City](name='Pa'))",
        "Partial[Country](name='France', population=68, capital=Partial[City](name='Paris'))",
    ]
    assert [view.model_fields_complete for view in shown[1:4]] == [set(), set(), {"name"}]


def test_what_has_not_come_is_not_yet_and_not_null():
    view = last(Country, '{"population": null, "na')
    assert view.population is None
    assert view.name is NOT_YET
    assert (view.name or "…", repr(NOT_YET)) == ("…", "NOT_YET")
    assert view.model_fields_set == view.model_fields_complete == {"population"}
    with pytest.raises(AttributeError, match="Country has no field 'nam'"):
        _ = view.nam


def test_a_view_is_no_instance():
    view = last(Country, '{"name": "France", "population": 1')
    assert isinstance(view, Partial)
    assert not isinstance(view, BaseModel)
    assert view.model_typed is view
    assert view.model_dump() == {"name": "France"}


def test_a_view_as_a_dictionary():
    view = last(Country, '{"cities": [{"name": "Paris", "founded": "0500-01-01"}, {"name": "Ly')
    paris = {"name": "Paris", "founded": date(500, 1, 1), "colour": Colour.RED, "people": 0}
    assert view.model_dump() == {"cities": [paris, {"name": "Ly"}]}
    assert view.model_dump(exclude_unset=True)["cities"][0].keys() == {"name", "founded"}
    assert as_plain(view) == {"cities": [{**paris, "founded": "0500-01-01", "colour": "red"}, {"name": "Ly"}]}


def test_a_view_as_json():
    """Ready to be sent on, whatever is in it."""

    class Trip(BaseModel):
        start: date = Field(alias="from")
        legs: tuple[City, int] | None = None
        seen: set[int] = set()
        notes: dict[str, Any] = {}
        guide: str | None = None

    view = last(
        Trip,
        '{"from": "2024-05-01", "legs": [{"name": "Ulm"}, 2], "seen": [1], "guide": null, "notes": {"a": [{"b": "c',
    )
    ulm = {"name": "Ulm", "founded": None, "colour": "red", "people": 0}
    plain = {
        "start": "2024-05-01",
        "legs": [ulm, 2],
        "seen": [1],
        "guide": None,
        "notes": {"a": [{"b": "c"}]},
    }
    assert view.model_dump(mode="json") == json.loads(view.model_dump_json()) == plain
    assert view.model_dump()["legs"] == ({**ulm, "colour": Colour.RED}, 2)
    assert [*view.model_dump(by_alias=True)] == ["from", "legs", "seen", "guide", "notes"]
    assert "guide" not in view.model_dump(exclude_none=True)
    assert json.loads(view.model_dump_json(by_alias=True))["from"] == "2024-05-01"


def test_not_yet_is_one_object_however_it_is_passed_on():
    assert copy.deepcopy(NOT_YET) is NOT_YET
    assert copy.copy([NOT_YET])[0] is NOT_YET
    assert pickle.loads(pickle.dumps(NOT_YET)) is NOT_YET  # noqa: S301 - our own


@pytest.mark.parametrize(("type_", "text", "value"), [(list[int], "[1, 2]", [1, 2]), (str, '"ab"', "ab")])
async def test_a_model_that_is_no_object_is_there_at_the_end(type_, text, value):
    class Whole(RootModel[type_]):  # type: ignore[valid-type]
        pass

    assert await results(parser_of(Whole), text) == [Whole(value)]
    assert await results(PydanticOutputParser(pydantic_object=Whole), [text]) == [Whole(value)]


def test_secrets_stay_masked():
    class Login(BaseModel):
        key: SecretStr

    view = last(Login, '{"key": "sesame"')
    assert "sesame" not in repr(view) + str(as_plain(view))
    assert last(Login, '{"key": "ses').key is NOT_YET


def test_members_are_instances_when_they_are_finished():
    view = last(Country, '{"cities": [{"name": "Paris"}, {"name": "Ly')
    paris, lyon = view.cities
    assert paris == City(name="Paris")
    assert isinstance(lyon, Partial)
    assert lyon.name == "Ly"
    assert last(Country, '{"cities": [{"name": "Paris"}, ').cities == [City(name="Paris")]
    assert last(Country, '{"cities": []').cities == []


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ('{"rivers": {"Seine": 7', "rivers", {}),
        ('{"rivers": {"Seine": 777, "Loire": 1', "rivers", {"Seine": 777}),
        ('{"more": {"a": [1, {"b": "x', "more", {"a": [1, {"b": "x"}]}),
        ('{"tags": ["a", "b', "tags", ["a", "b"]),
        ('{"tags": ["a", "b"]', "tags", ["a", "b"]),
        ('{"capital": nul', "capital", NOT_YET),
        ('{"capital": null,', "capital", None),
        ('{"name": "x", "unknown": {"a": [1', "name", "x"),
    ],
)
def test_what_is_there_of_a_field(text, field, value):
    assert getattr(last(Country, text), field) == value


def test_what_is_not_text_is_shown_when_it_is_valid():
    text = '{"name": "Ys", "founded": "0500-01-0'
    assert last(City, text).founded is NOT_YET
    assert last(City, text + '1"').founded == date(500, 1, 1)
    assert last(City, '{"colour": "r').colour is NOT_YET
    assert last(City, '{"colour": "red"').colour is Colour.RED


def test_what_is_finished_in_it():
    view = last(
        Country, '{"name": "x", "more": {"a": 1}, "cities": [{"name": "Paris"}, {"name": "Lyon", "people": 1'
    )
    for path in (
        ("name",),
        ("more",),
        ("more", "a"),
        ("cities", 0),
        ("cities", 0, "name"),
        ("cities", 1, "name"),
    ):
        assert view.model_is_complete(*path)
    for path in (
        (),
        ("cities",),
        ("cities", 1),
        ("cities", 1, "people"),
        ("cities", 2),
        ("cities", "x"),
        ("tags",),
    ):
        assert not view.model_is_complete(*path)
    assert not view.model_is_complete("more", "b")


def test_views_never_change():
    text = '{"name": "France", "cities": [{"name": "Paris"}, {"name": "Lyon"}], "rivers": {"Seine": 777}}'
    kept = [
        (view, repr(view), copy.deepcopy(view.model_dump()))
        for view in parser_of(Country).transform(iter(text))
    ]
    assert len(kept) > 30
    for view, shown, said in kept:
        assert repr(view) == shown
        assert view.model_dump() == said


def test_equal_views():
    one, other = (last(Country, '{"name": "Fr') for _ in range(2))
    assert one == other
    assert one != last(Country, '{"name": "Fr"')
    assert one != last(City, '{"name": "Fr')
    assert one != {"name": "Fr"}
    assert copy.copy(one) == one


# ---- what comes when


def test_the_last_is_the_output_in_a_chain():
    chain = ScriptedChatModel(['{"name": "Fr', 'ance"}'], loop=True) | parser_of(Country)
    assert [type(value) for value in chain.stream("")] == [Partial, Country]
    [end] = [e for e in chain.stream_events("") if e["event"] == "on_parser_end"]
    assert end["data"]["output"] == chain.invoke("") == Country(name="France")
    assert list((chain | RunnableLambda(lambda whole: whole.name)).stream("")) == ["France"]


async def test_text_around_the_json():
    texts = [*"12 or so [see below]: ", '{"name": "Fr', 'ance"}', " - that is", " all"]
    assert await results(parser_of(Country), texts) == [last(Country, '{"name": "Fr'), Country(name="France")]


@pytest.mark.parametrize("text", ['["a"]', "12", '"text"', "null"])
def test_what_is_no_object_is_refused_at_the_end(text):
    with pytest.raises(
        OutputParserException, match="the answer is not a valid Country: Input should be a valid dict"
    ):
        list(parser_of(Country).transform(iter(text)))


def test_a_part_of_an_answer():
    parse = parser_of(Country).parse_result
    assert parse([Generation('{"name": "Fr')], partial=True) == last(Country, '{"name": "Fr')
    assert parse([Generation('{"name": "Fr"}')], partial=True) == Country(name="Fr")
    for text in ("", "Sure", '{"name" "', '{"name": 1,'):
        assert parse([Generation(text)], partial=True) is None


# ---- what is wrong is said when it is finished


WRONG = [
    ('{"name": 5, "po', "name: Input should be a valid string, not 5 (at line 1, column 11, character 11)"),
    (
        '{"name": "x",\n "population": "many", ',
        "population: Input should be a valid integer, unable to parse string as an integer, not 'many' "
        "(at line 2, column 21, character 35)",
    ),
    (
        '{"cities": [{"name": "Paris"}, {"name": "L", ',
        "cities.1.name: String should have at least 2 characters, not 'L' (at line 1, column 43, character 43)",
    ),
    (
        '{"cities": [{"people": 5}, ',
        "cities.0.name: Field required (at line 1, column 25, character 25)",
    ),
    (
        '{"capital": {"founded": "soon", ',
        "capital.founded: Input should be a valid date or datetime, input is too short, not 'soon' "
        "(at line 1, column 30, character 30)",
    ),
    (
        '{"rivers": {"Seine": "long", ',
        "rivers.Seine: Input should be a valid integer, unable to parse string as an integer, not 'long' "
        "(at line 1, column 27, character 27)",
    ),
    (
        '{"tags": ["a", 1, ',
        "tags.1: Input should be a valid string, not 1 (at line 1, column 17, character 17)",
    ),
    ('{"cities": 5, ', "cities: Input should be a valid list, not 5 (at line 1, column 13, character 13)"),
    (
        '{"cities": {"a": 1}, ',
        "cities: Input should be a valid list, not {'a': 1} (at line 1, column 19, character 19)",
    ),
    ('{"population": 1}', "name: Field required (at line 1, column 17, character 17)"),
]


@pytest.mark.parametrize(("text", "why"), WRONG)
@given(data=st.data())
async def test_a_finished_part_that_is_not_valid_ends_the_stream(text, why, data):
    cuts = data.draw(cuts_of(text))
    with pytest.raises(OutputParserException) as caught:
        await results(parser_of(Country), [*cuts, "never read"])
    assert str(caught.value) == f"the answer is not a valid Country: {why}"
    assert isinstance(caught.value.__cause__, ValidationError)
    assert text.startswith(caught.value.llm_output)


def test_nothing_is_read_after_it():
    texts = iter(['{"name": 5', ", ", '"population": 1}'])
    with pytest.raises(OutputParserException, match="name: Input should be a valid string"):
        list(parser_of(Country).transform(texts))
    assert list(texts) == ['"population": 1}']


def test_without_partial_it_is_said_at_the_end():
    texts = iter(['{"name": 5', ", ", '"population": 1}'])
    with pytest.raises(OutputParserException, match="name: Input should be a valid string"):
        list(PydanticOutputParser(pydantic_object=Country).transform(texts))
    assert list(texts) == []


def test_a_stream_that_is_cut_off_never_gives_an_instance():
    shown = views(City, '{"name": "Paris"', ', "people": 2')
    assert [type(view) for view in shown] == [Partial, Partial]
    assert not shown[-1].model_is_complete("people")


# ---- each part is validated once


judged: Counter[Any] = Counter()


class Leaf(BaseModel):
    name: str

    def model_post_init(self, context: Any) -> None:
        judged[self.name] += 1


class Tree(BaseModel):
    leaves: list[Leaf] = []
    by_name: dict[str, Leaf] = {}
    best: Leaf | None = None
    trees: list[Tree] = []


def test_each_model_is_validated_once():
    tree = Tree.model_construct(
        leaves=[Leaf.model_construct(name=f"a{n}") for n in range(50)],
        by_name={"b": Leaf.model_construct(name="b")},
        best=Leaf.model_construct(name="c"),
        trees=[
            Tree.model_construct(leaves=[Leaf.model_construct(name="d")], by_name={}, best=None, trees=[])
        ],
    )
    text = tree.model_dump_json()
    judged.clear()
    *shown, whole = parser_of(Tree).transform(iter(text))
    assert judged == dict.fromkeys([*(f"a{n}" for n in range(50)), "b", "c", "d"], 1)
    assert whole == Tree.model_validate_json(text)
    assert shown[-1].leaves[0] is whole.leaves[0]
    assert shown[-1].trees[0].leaves[0] is whole.trees[0].leaves[0]


class Raised(BaseModel):
    """Its validator must not be run on what it has given."""

    n: int

    @model_validator(mode="after")
    def rise(self):
        self.n += 1
        return self


class Several(BaseModel):
    one: Raised
    more: list[Raised] = []


def test_validators_of_a_whole_see_the_json_alone():
    text = '{"one": {"n": 1}, "more": [{"n": 1}, {"n": 2}]}'
    *shown, whole = parser_of(Several).transform(iter(text))
    assert whole == Several.model_validate_json(text)
    assert shown[-1].more == whole.more


# ---- models with rules of their own


class Named(BaseModel):
    model_config = ConfigDict(populate_by_name=True, frozen=True)

    first: int = Field(alias="firstOne")
    second: int = Field(0, validation_alias=AliasChoices("two", "zwei"))
    third: Literal["x", "y"] | int = Field(0, frozen=True)


def test_keys_are_those_of_the_json():
    view = last(Named, '{"firstOne": 1, "zwei": 2, "third": "x"')
    assert (view.first, view.second, view.third) == (1, 2, "x")
    assert last(Named, '{"first": "1", ').first == 1
    with pytest.raises(OutputParserException, match=r"zwei: Input .* not 'z' \(at"):
        list(parser_of(Named).transform(iter('{"zwei": "z", ')))


class Ordered(BaseModel):
    low: int
    high: int

    @field_validator("high")
    @classmethod
    def above(cls, high: int, info: ValidationInfo) -> int:
        if high <= info.data["low"]:
            raise ValueError("not above low")
        return high


def test_validators_see_the_fields_before_them_or_wait():
    with pytest.raises(OutputParserException, match="high: Value error, not above low, not 1"):
        list(parser_of(Ordered).transform(iter(['{"low": 2, "high": 1, ', "never read"])))
    assert last(Ordered, '{"high": 1, "low": 2, ').high == 1
    with pytest.raises(OutputParserException, match="high: Value error, not above low"):
        list(parser_of(Ordered).transform(iter(['{"high": 1, "low": 2}'])))


class Lenient(Ordered):
    @field_validator("high")
    @classmethod
    def above(cls, high: int, info: ValidationInfo) -> int:
        return super().above(high, info) if "low" in info.data else 0


def test_what_a_validator_makes_without_them_is_not_shown():
    assert last(Lenient, '{"high": 3, "low": 2, ').high == 3
    *_, whole = parser_of(Lenient).transform(iter('{"high": 3, "low": 2}'))
    assert whole == Lenient(low=2, high=3)


class Whole(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)

    born: date
    name: str = ""
    words: list[str] = Field(default_factory=list)

    @field_validator("words", mode="before")
    @classmethod
    def split(cls, words: Any) -> Any:
        return words.split() if isinstance(words, str) else words

    @model_validator(mode="after")
    def check(self):
        if self.name == "nobody":
            raise ValueError("nobody is born")
        return self


def test_a_validator_of_the_whole_waits_for_it():
    view = last(Whole, '{"name": " a ", "born": "2000-01-01", "words": "b c", ')
    assert (view.name, view.born, view.words) == ("a", date(2000, 1, 1), "b c")
    with pytest.raises(OutputParserException, match="born: Input should be a valid date"):
        list(parser_of(Whole).transform(iter('{"born": "soon", ')))
    with pytest.raises(OutputParserException, match="Whole: Value error, nobody is born"):
        list(parser_of(Whole).transform(iter('{"name": "nobody", "born": "2000-01-01"}')))
    *_, whole = parser_of(Whole).transform(iter('{"born": "2000-01-01", "words": "b c"}'))
    assert whole.words == ["b", "c"]


class Rewritten(BaseModel):
    city: City
    cities: Annotated[list[City], BeforeValidator(lambda v: [{"name": one} for one in v])] = []

    @model_validator(mode="before")
    @classmethod
    def wrap(cls, data: Any) -> Any:
        return {**data, "city": {"name": data["city"]}}


def test_what_may_be_rewritten_is_shown_as_it_is():
    view = last(Rewritten, '{"city": "Par')
    assert view.city == "Par"
    view = last(Rewritten, '{"city": "Paris", "cities": ["a", "b')
    assert (view.city, view.cities) == ("Paris", ["a", "b"])
    *_, whole = parser_of(Rewritten).transform(iter('{"city": "Paris", "cities": ["aa", "bb"]}'))
    assert [city.name for city in (whole.city, *whole.cities)] == ["Paris", "aa", "bb"]


class Numbers(RootModel[list[int]]):
    pass


class Odd(BaseModel):
    numbers: Numbers | None = None
    either: City | Country | None = None
    text: str | int = 0
    loose: list = []  # type: ignore[type-arg]
    grid: list[list[City]] = []
    maybe: list[City | None] = []


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ('{"numbers": [1, ', "numbers", NOT_YET),
        ('{"numbers": [1, 2]', "numbers", Numbers([1, 2])),
        ('{"either": {"name": "Pa', "either", NOT_YET),
        ('{"either": {"name": "Paris"}', "either", City(name="Paris")),
        ('{"text": "a', "text", "a"),
        ('{"text": 1', "text", NOT_YET),
        ('{"loose": [1, "b', "loose", [1, "b"]),
        ('{"grid": [[{"name": "aa"}], [{"name": "bb"}, ', "grid", [[City(name="aa")], [City(name="bb")]]),
        ('{"maybe": [null, {"name": "aa"}, ', "maybe", [None, City(name="aa")]),
    ],
)
def test_types_of_all_kinds(text, field, value):
    assert getattr(last(Odd, text), field) == value


def test_of_a_key_that_comes_twice_the_last_counts():
    *_, whole = parser_of(Country).transform(iter('{"name": "a", "name": "b"}'))
    assert whole.name == "b"


# ---- laws


CITIES = st.builds(
    City, name=st.text(min_size=2, max_size=4), founded=st.none() | st.dates(), people=st.integers()
)
COUNTRIES = st.builds(
    Country,
    name=st.text(max_size=5),
    population=st.none() | st.integers(),
    capital=st.none() | CITIES,
    cities=st.lists(CITIES, max_size=3),
    rivers=st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    more=st.dictionaries(
        st.text(max_size=2), st.none() | st.lists(st.text(max_size=2), max_size=2), max_size=2
    ),
    tags=st.lists(st.text(max_size=3), max_size=3),
)


@given(
    COUNTRIES.map(lambda one: one.model_dump_json()).flatmap(
        lambda text: st.tuples(st.just(text), cuts_of(text))
    )
)
async def test_any_pieces_end_with_the_whole_and_what_is_finished_stays(drawn):
    text, cuts = drawn
    *shown, whole = await results(parser_of(Country), cuts)
    assert whole == Country.model_validate(json.loads(text))
    finished: frozenset[str] = frozenset()
    for view in shown:
        assert finished <= view.model_fields_complete <= view.model_fields_set
        finished = view.model_fields_complete
        for name in finished:
            assert getattr(view, name) == getattr(whole, name)
        assert whole.name.startswith(view.name or "")
        assert view.cities is NOT_YET or view.cities[:-1] == whole.cities[: max(len(view.cities) - 1, 0)]


@given(COUNTRIES, st.data())
def test_a_view_does_not_depend_on_how_the_text_was_cut(country, data):
    text = country.model_dump_json()
    end = data.draw(st.integers(1, len(text) - 1))
    places = data.draw(st.lists(st.integers(0, end), max_size=8))
    assert views(Country, *pieces(text[:end], sorted(places)))[-1:] == views(Country, text[:end])
