"""Docstrings in Google's style."""

import dataclasses

import pytest

from eventflow.tools.docstring import doc_of, docstring_of


def of(text: str, *names: str, strict: bool = True, hidden: tuple[str, ...] = ()):
    def function(): ...

    function.__doc__ = text
    return docstring_of(function, names, strict=strict, hidden=hidden)


@pytest.mark.parametrize("heading", ["Args", "Arguments", "Parameters", "Keyword Args"])
def test_sections(heading):
    text = f"""Does it
    in two lines.

    And more.

    {heading}:
        a (int, optional): the first
            goes on: here.

            And here.
        *b: the second.

    Returns:
        a: nothing.
    """
    assert of(text, "a", "b") == (
        "Does it\nin two lines.\n\nAnd more.",
        {"a": "the first goes on: here. And here.", "b": "the second."},
    )


@pytest.mark.parametrize(
    ("text", "names", "arguments"),
    [
        ("Does it.", (), {}),
        ("Does it.\n    Args:\n        a: x", ("a",), {"a": "x"}),  # no empty line is needed
        (
            "Does it.\n\n    Args:\n        a:\n            on the next line",
            ("a",),
            {"a": "on the next line"},
        ),
        ("Does it.\n\n    Args:\n        a: x\n\n    What follows: is text.", ("a",), {"a": "x"}),
        ("Does it.\n\n    Raises:\n        ValueError: if it is.", (), {}),
        ("Does it.\n\n    Args:\n        run: hidden\n        a: x", ("a",), {"a": "x"}),
    ],
)
def test_arguments(text, names, arguments):
    assert of(text, *names, hidden=("run",)) == ("Does it.", arguments)


def test_what_looks_like_a_heading_is_text():
    assert of("Note this: it is text.\n\n    Remember:\n        x", strict=True).description.endswith("x")


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("Does it.", "a section 'Args:'"),
        ("Does it.\n\n    Args:\n", "a section 'Args:'"),
        ("Args:\n        a: x", "a line that says what it does"),
        ("", "a line that says what it does"),
    ],
)
def test_what_is_refused(text, lacks):
    with pytest.raises(
        ValueError, match=rf"Found invalid Google-Style docstring. That of function lacks {lacks}"
    ):
        of(text, "a")
    assert isinstance(of(text, "a", strict=False).description, str)


@pytest.mark.parametrize("strict", [True, False])
def test_an_argument_that_is_not_there(strict):
    with pytest.raises(
        ValueError, match=r"Arg z in docstring not found in function signature. function takes a$"
    ):
        of("Does it.\n\n    Args:\n        z: x", "a", strict=strict)


def test_docstrings_of_classes_are_their_own():
    class Documented:
        """Of this class."""

    class Below(Documented): ...

    @dataclasses.dataclass
    class Made:
        a: int

    assert [doc_of(cls) for cls in (Documented, Below, Made, dict)] == [
        "Of this class.",
        "",
        "",
        doc_of(dict),
    ]
