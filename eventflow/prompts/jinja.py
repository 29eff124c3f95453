"""Templates in jinja2, in a sandbox that reads data and calls nothing of the application's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MethodType
from typing import TYPE_CHECKING, Any, cast

from eventflow.errors import MissingDependencyError

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

__all__ = ("Jinja",)


class Jinja:
    """A jinja2 template: `{{ name }}`, `{% for %}`, `{% if %}`, filters, macros.

    Dots and brackets read dictionaries and lists. Attributes and methods of objects are refused when the
    template is filled in, and so is calling what is among the values; LangChain lets through what has no
    underscore. Other templates cannot be included, imported or extended.

    Raises ValueError if the template asks for another template.
    Raises jinja2.TemplateSyntaxError if it is malformed.
    Raises MissingDependencyError if jinja2 is not installed.

    >>> Jinja("{% for one in all %}{{ one.name|upper }} {% endfor %}").render({"all": [{"name": "ann"}]})
    'ANN '
    """

    __slots__ = ("_template", "variables")

    def __init__(self, template: str) -> None:
        environment = _sandbox()
        from jinja2 import meta, nodes

        tree = environment.parse(template)
        others = tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends))
        other = next(others, None)
        if other is not None:
            raise ValueError(
                f"jinja2 template: {type(other).__name__} in line {other.lineno} asks for another template, "
                "and a prompt has only its own: write the text here, or join prompts with +"
            )
        self.variables = tuple(sorted(meta.find_undeclared_variables(tree)))
        self._template = environment.from_string(template)

    def render(self, values: Mapping[str, Any], /) -> str:
        """Fill in the values; a missing one is empty.

        Raises jinja2.exceptions.SecurityError if the template reaches for more than data, and what else
        filling it in raises.
        """
        return self._template.render(values)


@cache
def _sandbox() -> SandboxedEnvironment:
    """The one environment of all templates; jinja2 is imported when the first template is read."""
    try:
        from jinja2 import Undefined
    except ImportError:
        raise MissingDependencyError("template_format='jinja2'", package="jinja2", extra="jinja2") from None
    from jinja2.exceptions import SecurityError
    from jinja2.runtime import LoopContext, Macro
    from jinja2.sandbox import SandboxedEnvironment
    from jinja2.utils import Cycler, Joiner, Namespace

    # What a template has by `{% for %}`, `{% macro %}`, `cycler()` and the like, never from the values.
    own = (LoopContext, Macro, Cycler, Joiner, Namespace, Undefined)

    class Sandbox(SandboxedEnvironment):
        """Reads keys and indexes of data, and attributes of jinja2's own objects only."""

        def getattr(self, obj: Any, attribute: str) -> Any:
            return super().getattr(obj, attribute) if isinstance(obj, own) else self._inner(obj, attribute)

        def getitem(self, obj: Any, argument: Any) -> Any:
            # Filters with attribute=... come here, too.
            return super().getitem(obj, argument) if isinstance(obj, own) else self._inner(obj, argument)

        def _inner(self, obj: Any, key: Any) -> Any:
            try:
                return _read(obj, key)
            except LookupError:
                return self.undefined(obj=obj, name=key)
            except TypeError as error:
                raise SecurityError(f"jinja2 template: {error}") from None

        def is_safe_callable(self, obj: Any) -> bool:
            if isinstance(obj, MethodType):
                obj = obj.__self__
            return isinstance(obj, own) or any(obj is function for function in self.globals.values())

    sandbox = Sandbox()
    del sandbox.filters["attr"]
    return sandbox


def _read(obj: object, key: object) -> Any:
    """Read a key of a dictionary or an index of a list. Raises LookupError if there is none, else TypeError."""
    kind = type(obj).__name__
    if isinstance(obj, Mapping):
        mapping = cast("Mapping[object, object]", obj)
        if key in mapping:
            return mapping[key]
        if not (isinstance(key, str) and hasattr(dict, key)):
            raise KeyError(key)
    elif isinstance(obj, Sequence) and isinstance(key, int):
        return cast("Sequence[object]", obj)[key]
    raise TypeError(
        f"{key!r} of a {kind} may not be read, only keys of dictionaries and indexes of lists; "
        "use a filter (name|upper, mapping|items), or pass the inner value itself"
    )
