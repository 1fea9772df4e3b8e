"""The documents are true: their programs are right, their commands print what they show, their links lead somewhere."""

from __future__ import annotations

import doctest
import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import readhead as rh
from readhead.cli.app import status

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
HIST = ROOT / "examples" / "hist.py"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [body for name, body in BLOCK.findall(page.read_text()) if name == language]


def commands(page: Path) -> list[tuple[str, str]]:
    """Commands whose output is shown, and that output."""
    found = []
    for block in blocks(page, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            if output.strip():
                found.append((command, output))
    return found


COMMANDS = [(page, command, output) for page in PAGES for command, output in commands(page)]


@pytest.mark.parametrize(
    ("page", "command", "output"), COMMANDS, ids=[f"{p.name}: {c}" for p, c, _ in COMMANDS]
)
def test_commands_print_what_is_shown(
    page: Path, command: str, output: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    tool, *arguments = shlex.split(command)
    if tool == "python":
        printed = subprocess.run(
            [sys.executable, "-I", *arguments], capture_output=True, text=True, check=True, timeout=60
        ).stdout
    else:
        assert ("readhead", 0) == (tool, status(arguments))
        printed = capsys.readouterr().out
    assert output == printed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_sessions_are_true(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for number, block in enumerate(blocks(page, "python")):
        test = doctest.DocTestParser().get_doctest(block, {}, f"{page.name}[{number}]", str(page), 0)
        assert 0 == doctest.DocTestRunner().run(test).failed


def script(name: str) -> ModuleType:
    """A script of the documents, imported."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_rasp_sessions_are_what_the_repl_answers(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = page.read_text("utf-8")
    assert script("make_sessions").answered(text) == text


def test_there_are_rasp_sessions() -> None:
    assert {"README.md", "rasp.md", "repl.md"} <= {page.name for page in PAGES if blocks(page, "rasp")}


def test_the_program_in_the_readme_is_the_learned_example() -> None:
    readme = (ROOT / "README.md").read_text()
    learned = ROOT / "examples" / "learned" / "sort.py"
    assert script("make_readme").with_program(readme, learned.read_text()) == readme
    assert rh.load(learned) == rh.load(learned.with_suffix(".json"))
    assert rh.to_python(rh.load(learned), style="plain") == learned.read_text()


def test_the_example_reads_back() -> None:
    program = rh.load(HIST)
    assert program == rh.load(HIST.with_suffix(".json"))
    assert rh.to_python(program) == HIST.read_text()


def test_the_learned_example_is_as_right_as_the_readme_says() -> None:
    program, task = rh.load(ROOT / "examples" / "learned" / "sort.py"), rh.TASKS["sort"]
    total = 0
    for block in task.space.blocks(20_000):
        total += len(block)
        assert [list(task.answer(content)) for content in block] == program.run_batch(block)
    assert (
        f"proved for all {total:,} inputs of at most {task.max_length} tokens"
        in (ROOT / "README.md").read_text()
    )
    longer = [tuple(str((i * 7 + k) % 5) for i in range(40)) for k in range(5)]
    assert [sorted(content) for content in longer] == program.run_batch(longer)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)#]+)", prose):
        if not link.startswith("http"):
            assert (page.parent / link).exists(), link


DATA_PAGE = (ROOT / "docs" / "data.md").read_text()
DATA = re.findall(r"<!-- example: (\S+) -->\n```\w+\n(.*?)^```$", DATA_PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("name", "content"), DATA, ids=[name for name, _ in DATA])
def test_data_examples_load(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    shutil.copy(tmp_path / name, tmp_path / f"test_{name}")
    dataset = rh.load_dataset(
        tmp_path / name, validation=tmp_path / f"test_{name}", test=tmp_path / f"test_{name}"
    )
    assert 2 == len(dataset.train)
    assert ("sequence_label" if name.startswith("texts") else "token_labels") == dataset.kind


def test_every_option_for_files_is_documented() -> None:
    from readhead.cli.options import DATA as OPTIONS

    sizes = {"symbols", "max_length", "examples"}
    page = DATA_PAGE + (ROOT / "docs" / "cli.md").read_text()
    assert [] == [name for name in OPTIONS if f"--{name.replace('_', '-')}" not in page]
    assert sizes < set(OPTIONS)
