"""`refuse_unknown`: what a class does with keyword arguments that it does not have."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import AliasChoices, BaseModel

__all__ = ("refuse_unknown",)


def refuse_unknown(model: type[BaseModel], given: Iterable[str], hint: str = "") -> None:
    """Refuse arguments that a class does not have, so that a typing error is found.

    Arguments:
        model: the class. Its arguments are its fields, and the other names by which those may be given.
        given: the names of the arguments that it was given.
        hint: where an argument that is not its own may go, if there is such a place.

    Raises ValueError if there is one, with the name that it resembles.

    >>> class Model(BaseModel):
    ...     temperature: float = 1.0
    >>> refuse_unknown(Model, {"temprature": 0}, "the server's go into extra_body={...}")
    Traceback (most recent call last):
    ValueError: Model has no argument 'temprature': did you mean 'temperature'? Else, the server's go into ...
    """
    fields = model.model_fields
    aliases = [field.validation_alias for field in fields.values()]
    names = [choice for alias in aliases if isinstance(alias, AliasChoices) for choice in alias.choices]
    for name in given:
        if name not in fields and name not in names:
            raise ValueError(f"{model.__name__} has no argument {name!r}{_advice(name, fields, hint)}")


def _advice(name: str, known: Iterable[str], hint: str) -> str:
    import difflib  # only where something is wrong

    close = difflib.get_close_matches(name, [*known], 1)
    meant = f"did you mean {close[0]!r}?" if close else ""
    told = " Else, ".join(filter(None, (meant, hint)))
    return f": {told}" if told else ""
