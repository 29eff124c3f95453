"""What the pages show is so: their Python runs, and prints what stands below it."""

from pathlib import Path

import pytest

from house import ROOT
from snippets import blocks, commands, run, same_output

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

MOST_SKIPPED = 3
"""Blocks of Python that are shown but not run; a page should hardly ever need one."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# ----------------------------------------------------------------------------------- the pages as they are


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_python_blocks_run_and_print_what_is_shown(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    differences = run(path, text_of(path))
    assert not differences, "\n".join(differences)


def test_few_blocks_are_skipped_and_each_for_a_reason():
    skipped = [
        (f"{name_of(path)}:{block.line}", block.skipped)
        for path in PAGES
        for block in blocks(text_of(path))
        if block.skipped is not None
    ]
    assert [where for where, reason in skipped if not reason] == []
    assert len(skipped) <= MOST_SKIPPED


def test_set_up_is_two_commands():
    assert len(commands(text_of(ROOT / "README.md"), "Set up")) == 2


# ------------------------------------------------------------------------------------ and if they were not

PAGE = """
# Title

## First

```python
import asyncio
answer = 41
```

```python
from dataclasses import dataclass

@dataclass
class Box:
    value: "int"

answer += await asyncio.sleep(0, 1)
print(Box(answer),   "at", id(answer))
```

```text
Box(value=42)  at ...
```

1. In a list:

   ~~~python
   assert answer == 42
   if answer:
       asyncio.run(asyncio.sleep(0, print("off the loop")))
   ~~~

   ```text
   off the loop
   ```

Some words.

```text
not an output
```

## Second

```python notest it takes a key
raise SystemExit
```

<!-- no-run: it takes a day -->
```python
raise SystemExit
```

<!-- no-run: -->

```python
raise SystemExit
```

```bash
# a comment
pip install x  # another
pytest
```
"""


def test_blocks_are_found():
    found = list(blocks(PAGE))
    assert [block.language for block in found] == [
        *["python", "python", "text", "python", "text", "text", "python", "python", "python", "bash"]
    ]
    assert [block.heading for block in found] == ["First"] * 6 + ["Second"] * 4
    assert [block.skipped for block in found[6:]] == ["it takes a key", "it takes a day", "", None]
    assert found[3].text.startswith("assert answer == 42\nif answer:\n    asyncio")


def test_commands_under_a_heading():
    assert commands(PAGE, "Second") == ["pip install x  # another", "pytest"]
    assert commands(PAGE, "First") == []


def test_good_page_runs():
    assert run(Path("page.md"), PAGE) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Box(value=42)  at", "Box(value=43)  at"),
        ("   off the loop\n", "   on the loop\n"),
        ("42)  at ...", "42)  at"),
    ],
)
def test_wrong_output_is_found(old, new):
    (difference,) = run(Path("page.md"), PAGE.replace(old, new))
    assert "but the page shows" in difference


def test_error_is_raised_at_the_line_of_the_page():
    with pytest.raises(AssertionError) as caught:
        run(Path("page.md"), PAGE.replace("assert answer == 42", "assert answer == 0"))
    assert caught.traceback[-1].lineno + 1 == PAGE.splitlines().index("   assert answer == 42") + 1


def test_unclosed_fence_is_refused():
    with pytest.raises(ValueError, match="never closed"):
        list(blocks("```python\nx = 1\n"))


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\nb", " a b ", True),
        ("a ... z", "a\nb\nz", True),
        ("a ...", "a", True),
        ("(1 + 2)", "(1 + 2)", True),
        ("a ... z", "a b", False),
        ("a", "a b", False),
        (".", "x", False),
    ],
)
def test_same_output(shown, printed, same):
    assert same_output(shown, printed) is same
