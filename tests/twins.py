"""Proves that two halves, `invoke` and `ainvoke`, are one program: erases the async words and compares.

Erasing forgives too much on its own: `await r.ainvoke(x)`, `r.ainvoke(x)` and `r.invoke(x)` all become
`r.invoke(x)`. So the async half is first searched for such slips, and only then erased.
"""

import ast
import copy
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias, TypeGuard

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

FUNCTIONS = {
    "aiter": "iter",
    "anext": "next",
    "aclosing": "closing",
    "StopAsyncIteration": "StopIteration",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
}
"""What Python itself does in two ways; the async word first."""

TYPES = {
    "AbstractAsyncContextManager": "AbstractContextManager",
    "AsyncExitStack": "ExitStack",
    "AsyncIterable": "Iterable",
    "AsyncIterator": "Iterator",
    "AsyncProjection": "Projection",
    "AsyncRunStream": "RunStream",
    "AsyncSpan": "Span",
}
"""The same for types; but an async half may speak of the sync ones too, say of an `Iterable` of steps."""

VERBS = ("invoke", "batch", "stream", "transform")
"""What a runnable does, in public and, behind `_do_`, in its native hooks."""

SYNC_VERBS = [prefix + verb for prefix in ("", "_do_") for verb in VERBS]
ASYNC_VERBS = [prefix + "a" + verb for prefix in ("", "_do_") for verb in VERBS]

COROUTINES = {"anext", "__anext__", "__aenter__", "__aexit__", "aclose", "asend", "athrow"} | {
    verb for verb in ASYNC_VERBS if verb.endswith(("invoke", "batch"))
}
"""What does nothing until it is awaited."""

LOCKS = {"Lock", "Semaphore", "BoundedSemaphore", "Condition", "Event", "Barrier"}
"""What `threading` has for the sync half, and `asyncio` under the same name for the async one."""

VAGUE = {"get", "list", "run", "set", "stop"}
"""Sync words that also mean other things: `dict.get`, `ContextVar.set`. As attributes they are no slips."""

WRAPPERS = {"Awaitable", "Coroutine"}
"""Types that an async half puts around a result: `Awaitable[T]` is `T` to the sync half."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The two halves of one function, and where they stand: `Sequence._do_invoke`."""

    where: str
    sync: Function
    async_: Function


@dataclass(frozen=True, slots=True)
class Words:
    """What the async half says where the sync half says something else, and what it has to await."""

    sync_of: Mapping[str, str]
    coroutines: frozenset[str]

    @classmethod
    def of(cls, source: str, *others: str) -> "Words":
        """The words of Python, of runnables, of the pairs in `source`, and of the public ones in `others`."""
        own, *foreign = (_pair_words(text) for text in (source, *others))
        verbs = zip(ASYNC_VERBS, SYNC_VERBS, strict=True)
        sync_of = {**FUNCTIONS, **dict(verbs), **own.sync_of}
        coroutines = COROUTINES | own.coroutines
        for words in foreign:
            sync_of |= {name: sync for name, sync in words.sync_of.items() if not name.startswith("_")}
            coroutines |= {name for name in words.coroutines if not name.startswith("_")}
        return cls(sync_of, frozenset(coroutines))


def twin_of(name: str) -> str:
    """The async name for a sync one: an `a` before the verb, or else before the whole.

    >>> [twin_of(name) for name in ("close_all", "_step", "_do_invoke", "__enter__")]
    ['aclose_all', '_astep', '_do_ainvoke', '__aenter__']
    """
    return re.sub(rf"^(\w*_(?=(?:{'|'.join(VERBS)})$)|_*)", r"\1a", name, count=1)


def pairs(tree: ast.Module) -> list[Pair]:
    """The twins that stand side by side in the module or in one of its classes."""
    return [
        Pair(scope + name, functions[name], functions[twin_of(name)])
        for scope, functions in _scopes(tree)
        for name in functions
        if twin_of(name) in functions
    ]


def lonely(tree: ast.Module, words: Words) -> list[str]:
    """The halves that miss their twin.

    An async half always needs one, but for the special methods: who has those is async as a whole. A sync
    verb can do without if it says nothing that is said otherwise in async: then it is right for both.
    """

    def misses_its_twin(name: str, function: Function, others: Mapping[str, Function]) -> bool:
        if isinstance(function, ast.AsyncFunctionDef) or name in ASYNC_VERBS:
            return not name.startswith("__") and name not in map(twin_of, others)
        return name in SYNC_VERBS and twin_of(name) not in others and any(_sync_words(function, words))

    return [
        scope + name
        for scope, functions in _scopes(tree)
        for name, function in functions.items()
        if misses_its_twin(name, function, functions)
    ]


def complaints(
    source: str, words: Words, bridges: Mapping[str, str] | None = None, *, aside: bool = False
) -> list[str]:
    """What keeps the halves in `source` from being one program.

    Args:
        source: The text of a module.
        words: What its async halves may say, from this module and those it takes its words from.
        bridges: Where -> why: pairs that differ on purpose, and halves that have no twin.
        aside: Whether an async half may be the call of its sync half: with all that it was given, unchanged.

    Returns:
        One complaint a slip, a difference, a lonely half, and a bridge over nothing. Empty if all is well.
    """
    tree, bridges = ast.parse(source), bridges or {}
    asked = [pair for pair in pairs(tree) if not (aside and _calls_sync(pair))]
    found = {pair.where: _complaints_about(pair, words) for pair in asked}
    found |= {where: [f"{where}: has no twin"] for where in lonely(tree, words)}
    needless = [f"{where}: a bridge over nothing" for where in bridges if not found.get(where)]
    return [one for where, all_ in found.items() if where not in bridges for one in all_] + needless


# ------------------------------------------------------------------------------------ reading the source


def _scopes(tree: ast.Module) -> Iterator[tuple[str, dict[str, Function]]]:
    """The functions of the module and of each class, by name; of overloads the last, the real one."""
    for scope in ast.walk(tree):
        if isinstance(scope, ast.Module | ast.ClassDef):
            where = f"{scope.name}." if isinstance(scope, ast.ClassDef) else ""
            yield where, {node.name: node for node in scope.body if isinstance(node, Function)}


def _aliases(tree: ast.Module) -> list[tuple[str, str]]:
    """The pairs that the module assigns, (async, sync): `sleep, asleep = time.sleep, asyncio.sleep`."""
    assigned = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    names = {name for node in assigned for name in _stored(node)}
    return [(twin_of(name), name) for name in sorted(names) if twin_of(name) in names]


def _stored(tree: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


@cache
def _pair_words(source: str) -> Words:
    """The words that the module itself adds: those of its pairs, and its coroutines."""
    tree = ast.parse(source)
    aliases = dict(_aliases(tree))
    functions = [function for _, functions in _scopes(tree) for function in functions.values()]
    coroutines = {function.name for function in functions if _is_coroutine(function)}
    return Words(
        {pair.async_.name: pair.sync.name for pair in pairs(tree)} | aliases,
        frozenset(coroutines.union(aliases)),
    )


def _is_coroutine(node: ast.AST) -> TypeGuard[ast.AsyncFunctionDef]:
    return isinstance(node, ast.AsyncFunctionDef) and not _yields(node)


def _yields(function: ast.AsyncFunctionDef) -> bool:
    """Whether the function itself yields, not one that is defined in it."""
    todo: list[ast.AST] = [*function.body]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Yield):
            return True
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            todo.extend(ast.iter_child_nodes(node))
    return False


def _word(node: ast.AST) -> str | None:
    """The name that a node says: `close` for `close`, for `it.close` and for the call `it.close()`."""
    if isinstance(node, ast.Call):
        return _word(node.func)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None


# ------------------------------------------------------------------------------------ comparing two halves


def _complaints_about(pair: Pair, words: Words) -> list[str]:
    return [*_slips(pair, words), *_difference(pair, words)]


def _calls_sync(pair: Pair) -> bool:
    """Whether all that the async half does is to call the sync one: here, or in a worker thread."""
    body = pair.async_.body[1:] if ast.get_docstring(pair.async_) is not None else pair.async_.body
    spoken = ast.unparse(body[0]) if len(body) == 1 else ""
    name, given = f"self.{pair.sync.name}", _passed_on(pair.async_.args)
    ways = [f"{name}({', '.join(given)})"]
    ways += [f"await {aside}({', '.join([name, *given])})" for aside in ("in_thread", "self._aside")]
    return spoken.removeprefix("return ") in ways and _passed_on(pair.sync.args) == given


def _passed_on(said: ast.arguments) -> list[str]:
    """The arguments of a call that hands on all that a function was given."""
    given = [one.arg for one in (*said.posonlyargs, *said.args) if one.arg != "self"]
    given += [] if said.vararg is None else [f"*{said.vararg.arg}"]
    given += [f"{one.arg}={one.arg}" for one in said.kwonlyargs]
    return given + ([] if said.kwarg is None else [f"**{said.kwarg.arg}"])


def _slips(pair: Pair, words: Words) -> Iterator[str]:
    """What erasing would hide in the async half."""
    half = pair.async_
    for said in _sync_words(half, words):
        yield f"{_place(pair, said)} says {_word(said)}"
    coroutines = words.coroutines | {node.name for node in ast.walk(half) if _is_coroutine(node)}
    handed_on = {id(_handed_on(node, half)) for node in ast.walk(half)}
    for node in ast.walk(half):
        if isinstance(node, ast.Call) and _word(node) in coroutines and id(node) not in handed_on:
            yield f"{_place(pair, node)} does not await {_word(node)}"
        if isinstance(node, ast.For | ast.YieldFrom) and _word(_iterated(node)) in words.sync_of:
            yield f"{_place(pair, node)} iterates {_word(_iterated(node))} without async"


def _place(pair: Pair, node: ast.expr | ast.stmt) -> str:
    return f"{pair.where}: line {node.lineno} of the async half"


def _sync_words(function: Function, words: Words) -> Iterator[ast.Name | ast.Attribute]:
    """Where the function says what an async half says otherwise; names of its own are not meant."""
    own = _stored(function) | {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    sync_words = {"threading", *words.sync_of.values()}
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and node.attr in sync_words - VAGUE:
            yield node
        if isinstance(node, ast.Name) and node.id in sync_words - own - VAGUE:
            yield node


def _handed_on(node: ast.AST, half: Function) -> ast.AST | None:
    """The call whose outcome `node` awaits, or leaves to others: in a thunk, or returned by a plain `def`."""
    if isinstance(node, ast.Await):
        return node.value
    if isinstance(node, ast.Lambda):
        return node.body
    return node.value if isinstance(node, ast.Return) and isinstance(half, ast.FunctionDef) else None


def _iterated(node: ast.For | ast.YieldFrom) -> ast.expr:
    return node.iter if isinstance(node, ast.For) else node.value


def _difference(pair: Pair, words: Words) -> Iterator[str]:
    """The lines that differ once the async half speaks as the sync one does."""
    sync = _erased(pair.sync, {})
    async_ = _erased(pair.async_, {**TYPES, **words.sync_of})
    if sync != async_:
        lines = list(difflib.unified_diff(sync.splitlines(), async_.splitlines(), lineterm="", n=1))
        yield "\n  ".join([f"{pair.where}: the halves differ", *lines[2:]])


def _erased(function: Function, sync_of: Mapping[str, str]) -> str:
    return ast.unparse(_Eraser(sync_of).visit(copy.deepcopy(function)))


class _Eraser(ast.NodeTransformer):
    """Turns the async half into the sync one; what is only told to people, the docstring, goes from both."""

    def __init__(self, sync_of: Mapping[str, str]) -> None:
        self.sync_of = sync_of

    def visit_Await(self, node: ast.Await) -> ast.AST:
        awaited: ast.AST = self.visit(node.value)
        return awaited

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self._sync(node.id), node.ctx)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if node.attr in LOCKS and _word(node.value) == "asyncio":
            return ast.Attribute(ast.Name("threading", ast.Load()), node.attr, node.ctx)
        return ast.Attribute(self.visit(node.value), self._sync(node.attr), node.ctx)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if _word(node.value) in WRAPPERS:
            result: ast.AST = self.visit(
                node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) else node.slice
            )
            return result
        return self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        node.is_async = 0
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_For(self, node: ast.For) -> ast.AST:
        return self._loop(node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        return self._loop(node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        return self._as(ast.With, node)

    def _function(self, node: Function) -> ast.AST:
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        node.name = self._sync(node.name)
        return self._as(ast.FunctionDef, node)

    def _loop(self, node: ast.For | ast.AsyncFor) -> ast.AST:
        """A loop; or `yield from` if it does just that, which an async half has to spell as a loop."""
        loop = self._as(ast.For, node)
        only = node.body[0] if len(node.body) == 1 and not node.orelse else None
        passes_on = only is not None and ast.unparse(only) == f"yield {ast.unparse(node.target)}"
        return ast.Expr(ast.YieldFrom(node.iter)) if passes_on else loop

    def _as(self, kind: type[ast.stmt], node: ast.stmt) -> ast.AST:
        self.generic_visit(node)
        return ast.copy_location(kind(**dict(ast.iter_fields(node))), node)

    def _sync(self, name: str) -> str:
        return self.sync_of.get(name, name)
