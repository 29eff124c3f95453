"""Reads the fenced blocks of a Markdown page, and runs its Python blocks as one program.

Also a command, for scripts: `python snippets.py PAGE HEADING` prints the shell commands under a heading.
"""

import ast
import asyncio
import contextlib
import io
import re
import shlex
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from inspect import CO_COROUTINE
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,}) *(?P<language>[\w+-]*) *(?P<info>.*)$")
HEADING = re.compile(r"^#{1,6} +(?P<title>.*?)[ #]*$")
NO_RUN = re.compile(r"^<!-- *no-run:(?P<reason>.*?)-->$")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: what it holds and where it stands.

    `after` is the last line of the block right before it, with nothing but blank lines between them; it is
    how a `text` block finds the code whose output it shows. `skipped` is the reason not to run it, None if
    it runs, and empty where the reason is missing.
    """

    language: str
    text: str
    line: int
    last_line: int
    heading: str
    after: int | None
    skipped: str | None


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    lines = enumerate(page.splitlines(), start=1)
    heading, above, after = "", "", None
    for number, line in lines:
        opening = FENCE.match(line)
        if opening is None:
            title = HEADING.match(line)
            heading = title["title"] if title else heading
            if line.strip():
                above, after = line.strip(), None
            continue
        text, last = _body(lines, opening)
        yield Block(
            language=opening["language"],
            text=text,
            line=number,
            last_line=last,
            heading=heading,
            after=after,
            skipped=_skipped(opening["info"], above),
        )
        above, after = "", last


def commands(page: str, heading: str) -> list[str]:
    """The shell commands in the `bash` blocks right under a heading, one a line; no comments."""
    under = [block for block in blocks(page) if block.heading == heading and block.language == "bash"]
    lines = [line.strip() for block in under for line in block.text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def words_of(command: str) -> list[str]:
    """The words of a shell command, its operators apart.

    >>> words_of("pip install -e '.[dev]' && pytest # all of it")
    ['pip', 'install', '-e', '.[dev]', '&&', 'pytest']
    """
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return list(lexer)


def run(path: Path, page: str) -> list[str]:
    """Run the Python blocks of a page, in order and in one namespace; return what went otherwise than shown.

    What a block prints is compared with the `text` block right after it, if there is one. An exception in
    a block is the reader's too: it is raised, with the page and its line in the traceback.
    """
    module = ModuleType("__main__")
    shown = {block.after: block for block in blocks(page) if block.language == "text" and block.after}
    differences: list[str] = []
    with _as_main(module), asyncio.Runner(debug=False) as runner:
        for block in blocks(page):
            if block.language != "python" or block.skipped is not None:
                continue
            printed = _printed(_compiled(path, block), vars(module), runner)
            expected = shown.get(block.last_line)
            if expected is not None and not same_output(expected.text, printed):
                differences.append(
                    f"{path.name}:{block.line} prints\n{printed}\nbut the page shows\n{expected.text}"
                )
    return differences


def same_output(shown: str, printed: str) -> bool:
    """Whether the output is as shown: white space counts once, `...` stands for anything.

    >>> same_output("a  b", "a b\\n"), same_output("run ... ended", "run 7f3a ended"), same_output("a", "b")
    (True, True, False)
    """
    pieces = [re.escape(" ".join(piece.split())) for piece in shown.split("...")]
    return re.fullmatch(r"\s*.*?\s*".join(pieces), " ".join(printed.split()), re.DOTALL) is not None


def _body(lines: Iterator[tuple[int, str]], opening: re.Match[str]) -> tuple[str, int]:
    """The text up to the closing fence, as far to the left as its fence; and the line of that fence."""
    body: list[str] = []
    for number, line in lines:
        if line.strip().startswith(opening["fence"]) and not line.strip(" " + opening["fence"][0]):
            return "\n".join(body) + "\n", number
        body.append(line.removeprefix(opening["indent"]))
    raise ValueError(f"the fence {opening[0].strip()!r} is never closed")


def _skipped(info: str, above: str) -> str | None:
    """Why a block is not to be run: said after `notest`, or in a comment right above."""
    flag, _, reason = info.partition(" ")
    if flag == "notest":
        return reason.strip()
    comment = NO_RUN.match(above)
    return comment["reason"].strip() if comment else None


def _compiled(path: Path, block: Block) -> CodeType:
    """The code of a block, whose lines are numbered as in the page; it may await at the top."""
    source = "\n" * block.line + block.text
    code: CodeType = compile(source, str(path), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return code


def _printed(code: CodeType, namespace: dict[str, Any], runner: asyncio.Runner) -> str:
    """What the code prints: on the loop if it awaits, else off it, so that it may call `asyncio.run`."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        outcome = eval(code, namespace)
        if code.co_flags & CO_COROUTINE:
            runner.run(outcome)
    return out.getvalue()


@contextlib.contextmanager
def _as_main(module: ModuleType) -> Generator[None, None, None]:
    """Let the module be `__main__`, where libraries look up the names of what it defines."""
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        yield
    finally:
        sys.modules["__main__"] = before


if __name__ == "__main__":
    print("\n".join(commands(Path(sys.argv[1]).read_text(encoding="utf-8"), sys.argv[2])))
