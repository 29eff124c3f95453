"""What the pages name is there: the paths in their text and in their commands, and where their links lead."""

import re
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from house import ROOT
from snippets import blocks, words_of

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

FOLDERS = r"eventflow|adapters|tests|docs|examples|benchmarks|\.ci|\.github"
PATH = re.compile(rf"(?<![\w/.@-])(?:{FOLDERS})/[\w./*-]*(?P<placeholder>[<{{])?")
PATH_IN_COMMAND = re.compile(r"(?!-|/|\w+:)[\w.*/-]*(?:/[\w.*/-]*|\.(?:py|md|toml|sh|json|ya?ml))")
LINK = re.compile(r"\]\((?!\w+:|#)(?P<target>[^)\s#]+)")

PRIVATE = {
    "a path of one machine": r"(?<![\w.])/(?:work|tmp)(?![\w-])|/root/[.]|/opt/(?:pypi|wheels)",
    "a folder outside the repository": r"\.\./[s]hared",
    "the host of a registry": r"pypi[.]org|pythonhosted[.]org|npmjs[.]org|deb[.]debian[.]org",
}
"""What must not be in any file: it is true in one place only."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


# ----------------------------------------------------------------------------------- the pages as they are


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_paths_in_commands_exist(path):
    assert missing_in_commands(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_paths_that_are_named_exist(path):
    assert missing_paths(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_links_lead_somewhere(path):
    targets = [link["target"] for link in LINK.finditer(path.read_text(encoding="utf-8"))]
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_no_file_says_where_it_was_written():
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: nobody can say which files are committed")
    files = [name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]
    found = [f"{name}:{what}" for name in files for what in private_in(ROOT / name)]
    assert not found, "\n".join(found)


# --------------------------------------------------------------------------------------------- how to look


def missing_paths(page: str) -> list[str]:
    """The paths of this repository that the page names and that are not there.

    Of a path with a placeholder, `tests/test_<module>.py`, the folder has to be there; a `*` has to match.
    """
    named = {
        match[0].rpartition("/")[0] if match["placeholder"] else match[0].rstrip(".")
        for match in PATH.finditer(page)
    }
    return sorted(path for path in named if not list(ROOT.glob(path)))


def missing_in_commands(page: str) -> list[str]:
    """The paths and modules in the `bash` blocks of the page that are not there."""
    shell = [block.text for block in blocks(page) if block.language == "bash"]
    lines = [words_of(line) for text in shell for line in text.splitlines()]
    return [word for line in lines for before, word in pairwise(["", *line]) if _is_missing(before, word)]


def private_in(file: Path) -> list[str]:
    """What the file tells that is true in one place only, each as `line: what`."""
    lines = file.read_bytes().decode("utf-8", "replace").splitlines()
    return [
        f"{number}: {what}"
        for number, line in enumerate(lines, start=1)
        for what, pattern in PRIVATE.items()
        if re.search(pattern, line)
    ]


def _is_missing(before: str, word: str) -> bool:
    if before == "-m" and word.partition(".")[0] in {"eventflow", "benchmarks", "examples"}:
        place = ROOT.joinpath(*word.split("."))
        return not (place.is_dir() or place.with_suffix(".py").is_file())
    return PATH_IN_COMMAND.fullmatch(word) is not None and not list(ROOT.glob(word.removeprefix("./")))


# ------------------------------------------------------------------------------------ and if they were not


def test_missing_paths_are_found():
    fine = "tests/<room>/x.py, tests/test_<module>.py, tests/conftest.py. http://x.y/docs/a tests/*.py"
    gone = "`eventflow/gone.py`, docs/gone/*.md, tests/gone/<module>.py"
    assert missing_paths(fine) == []
    assert missing_paths(gone) == ["docs/gone/*.md", "eventflow/gone.py", "tests/gone"]


def test_missing_paths_in_commands_are_found():
    lines = [
        "pip install -e '.[dev]' && python -m eventflow.gone",
        "python gone.py --x=y/z tests && python -m eventflow.errors",
        ".ci/run ./no/y /usr/bin/env tests/*.py # no/comment",
    ]
    page = "\n".join(["```bash", *lines, "```", "```text", "no/shell", "```"])
    assert missing_in_commands(page) == ["eventflow.gone", "gone.py", "./no/y"]


@pytest.mark.parametrize("text", ["/{}/x", "at /{}.", "`/{}`"])
@pytest.mark.parametrize("folder", ["work", "tmp"])
def test_private_paths_are_found(text, folder, tmp_path):
    file = tmp_path / "page.md"
    file.write_text("fine\n" + text.format(folder))
    assert private_in(file) == ["2: a path of one machine"]


@pytest.mark.parametrize("text", ["on/work", ".github/workflows/ci.yml", "/workers", "x.tmp", "../sharing"])
def test_fine_text_is_fine(text, tmp_path):
    file = tmp_path / "page.md"
    file.write_text(text)
    assert private_in(file) == []
