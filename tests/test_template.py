"""The template is built, exported and run like a chapter, and is not in the book."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
from chapter import read_strictly  # noqa: E402
from chapter.form import Cell, Text  # noqa: E402
from chapter_rules import Project  # noqa: E402
from check_chapters import check_chapter  # noqa: E402
from editions.convert import to_notebook  # noqa: E402
from make_notebooks import load_course  # noqa: E402

TEMPLATE = ROOT / "notebooks" / "TEMPLATE.md"
GENERATED = shutil.ignore_patterns("__pycache__", "*.egg-info")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A book whose only chapter is the template, with the settings of the real one."""
    root = tmp_path_factory.mktemp("a book")
    for folder in ("src", "tools", "book/_ext", "book/_static", "book/_vendor"):
        shutil.copytree(ROOT / folder, root / folder, ignore=GENERATED)
    files = ["_config.yml", "pyproject.toml", "requirements.txt", "constraints.txt"]
    files += ["book/references.bib", "book/references.md", "notebooks/TEMPLATE.md"]
    if (ROOT / "book" / "_templates").is_dir():
        shutil.copytree(ROOT / "book" / "_templates", root / "book" / "_templates")
    (root / "notebooks").mkdir()
    for name in files:
        shutil.copy(ROOT / name, root / name)
    for name in ("index", "linear_algebra"):
        (root / "book" / f"{name}.md").write_text("# Linear algebra\n", "utf8")
    chapters = ["book/linear_algebra", "notebooks/TEMPLATE", "book/references"]
    toc = {"format": "jb-book", "root": "book/index"}
    toc["chapters"] = [{"file": name} for name in chapters]
    (root / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False), "utf8")
    run = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", run, "build", str(root)]
    result = subprocess.run(
        [*command, "--all", "-W", "--keep-going", "-n"],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return root


def test_it_keeps_the_rules():
    problems = check_chapter(TEMPLATE, Project(ROOT))
    assert [p for p in problems if not p.warning] == []


def test_it_is_not_in_the_book():
    assert "TEMPLATE" not in (ROOT / "_toc.yml").read_text("utf8")


def test_it_shows_every_kind_of_cell():
    tags = {tuple(cell.tags) for cell in read_strictly(TEMPLATE).cells}
    assert tags >= {
        ("remove-cell",),
        ("remove-cell", "test"),
        ("skip-execution", "stub"),
        ("check",),
    }


def test_its_page(book):
    page = (book / "_build" / "html" / "notebooks" / "TEMPLATE.html").read_text("utf8")
    assert 'alt="Eleven blurred digits in a row' in page
    for exercise in read_strictly(TEMPLATE).exercises:
        assert f'id="{exercise.label}"' in page  # where the student's link leads
    assert "NotImplementedError" in page and "What the code keeps costs nothing" in page
    assert "they remove only" in page and "42%" in page  # the seed does not enter
    assert "No output shows them" not in page
    assert "_sources/notebooks/TEMPLATE.ipynb" in page


def test_its_download_is_the_student_edition(book):
    offered = book / "_build" / "html" / "_sources" / "notebooks" / "TEMPLATE.ipynb"
    path = book / "notebooks" / "TEMPLATE.md"
    student = to_notebook(path, load_course(book), solutions=False)
    assert json.loads(offered.read_text("utf8")) == json.loads(nbformat.writes(student))
    everything = json.dumps(student)
    for exercise in read_strictly(path).exercises:
        for block in exercise.solution:
            text = block.source if isinstance(block, Cell) else ""
            text = block.text if isinstance(block, Text) else text
            last = text.rstrip().split("\n")[-1].strip()
            assert json.dumps(last)[1:-1] not in everything or not last


def test_both_editions_run(book):
    path = book / "notebooks" / "TEMPLATE.md"
    for solutions, wanted in ((False, ["NotImplementedError"]), (True, [])):
        notebook = to_notebook(path, load_course(book), solutions=solutions)
        client = nbclient.NotebookClient(notebook, timeout=120, allow_errors=True)
        client.execute(cwd=str(book))
        outputs = [o for c in notebook.cells for o in c.get("outputs", [])]
        errors = [o.ename for o in outputs if o.output_type == "error"]
        assert errors == wanted
        figures = [o for o in outputs if "image/svg+xml" in o.get("data", {})]
        assert len(figures) == 1
