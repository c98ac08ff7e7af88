"""The build never shows an old result, and never passes over a failure."""

from __future__ import annotations

import ast
import hashlib
import re
import shutil
import sys

import nbdeps
import pytest
import runs
import warm
from build_book import JUPYTER_BOOK
from conftest import FRONT_MATTER, ONE, TWO, TinyBook
from nbformat.v4 import new_code_cell, new_notebook

BUILD = "tools/build_book.py"
EXECUTE = "tools/execute.py"


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> TinyBook:
    book = TinyBook(tmp_path_factory.mktemp("a built book")).create()
    result = book.run(BUILD)
    assert result.returncode == 0, result.stdout + result.stderr
    return book


@pytest.fixture
def book(built, tmp_path) -> TinyBook:
    """A copy of a book that has been built, to be changed."""
    shutil.copytree(built.root, tmp_path / "a book")
    return TinyBook(tmp_path / "a book")


def executed(book: TinyBook) -> set[str]:
    """Execute what is stale; return the chapters that were."""
    result = book.run(EXECUTE)
    assert result.returncode == 0, result.stderr
    return set(re.findall(r"notebooks/(\w+)\.md: done", result.stdout))


def site_digest(book: TinyBook) -> str:
    digest = hashlib.sha256()
    for path in sorted((book.root / "_build" / "html").rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def test_changed_function_is_on_the_page(book):
    assert "answer 1041" in book.page("notebooks/one")
    book.write("src/tinylib/used.py", "def answer():\n    return 2042\n")
    result = book.run(BUILD)
    assert result.returncode == 0, result.stderr
    assert "1 of 2 chapters to execute" in result.stdout
    assert "notebooks/one.md: done" in result.stdout
    assert "answer 2042" in book.page("notebooks/one")
    assert "answer 1041" not in book.page("notebooks/one")


def test_changed_function_passes_sphinx_own_cache(tiny_book):
    """An incremental run of Sphinx, too, reads the page of a changed function again."""
    incremental = ("-c", JUPYTER_BOOK, "build", ".")
    assert tiny_book.run(*incremental).returncode == 0
    assert "answer 1041" in tiny_book.page("notebooks/one")
    tiny_book.write("src/tinylib/used.py", "def answer():\n    return 2042\n")
    result = tiny_book.run(*incremental)
    assert "1 changed" in result.stdout, result.stdout
    assert "answer 2042" in tiny_book.page("notebooks/one")


def test_only_what_depends_on_a_file_is_executed(book):
    assert executed(book) == set()
    book.write("src/tinylib/unrelated.py", "X = 1\n")
    assert executed(book) == set()
    book.write("src/tinylib/other.py", "X = 1\n")
    assert executed(book) == {"two"}
    book.write("src/tinylib/__init__.py", "X = 1\n")
    assert executed(book) == {"one", "two"}


@pytest.mark.parametrize(
    "name",
    ["requirements.txt", "constraints.txt", "results/run.json", "src/tinylib/a.style"],
)
def test_pins_results_and_data_files_concern_every_chapter(book, monkeypatch, name):
    monkeypatch.setattr(nbdeps, "ROOT", book.root)
    monkeypatch.setattr(nbdeps, "SRC", book.root / "src")
    notebook = new_notebook(cells=[new_code_cell("print(1)")])
    before = nbdeps.fingerprint(notebook)
    assert nbdeps.fingerprint(notebook) == before
    book.write(name, "changed\n")
    assert nbdeps.fingerprint(notebook) != before


def test_changed_requirements_execute_everything(book):
    book.write("requirements.txt", "nothing==2.0\n")
    assert executed(book) == {"one", "two"}


def test_prose_may_change_without_executing(book):
    book.chapters(one=ONE.replace("# One", "# One\n\nMore prose."), two=TWO)
    assert executed(book) == set()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import a.b", {"a.b"}),
        ("from a import b, c", {"a", "a.b", "a.c"}),
        ("from . import b", {"pack.sub", "pack.sub.b"}),
        ("from ..x import y", {"pack.x", "pack.x.y"}),
        ("def f():\n    import late", {"late"}),
        ("model.eval()", set()),
        ("from a import *", None),
        ("import importlib", None),
        ("__import__('a')", None),
        ("get_ipython().run_cell_magic('time', '', 'import a')", None),
    ],
)
def test_imported_names(code, expected):
    assert nbdeps.imported_names(ast.parse(code), "pack.sub") == expected


def test_unreadable_imports_depend_on_the_whole_library(monkeypatch, tiny_book):
    monkeypatch.setattr(nbdeps, "SRC", tiny_book.root / "src")
    library = {path.stem for path in nbdeps.library_files(["import tinylib.used"])}
    assert library == {"__init__", "used"}
    for cell in ("%%time\nimport tinylib.used", "def", "from tinylib import *"):
        library = {path.stem for path in nbdeps.library_files([cell])}
        assert library == {"__init__", "used", "other"}, cell


def test_nothing_changed_draws_nothing(book):
    # a copy elsewhere is another book only in its path: nothing in it has changed
    before = site_digest(book)
    result = book.run(BUILD)
    assert result.returncode == 0
    assert "Nothing has changed" in result.stdout
    assert site_digest(book) == before


@pytest.mark.parametrize("damage", ["deleted", "altered"])
def test_site_from_the_cache_is_the_same_site(book, damage):
    before = site_digest(book)
    html = book.root / "_build" / "html"
    if damage == "deleted":
        shutil.rmtree(html)
    else:
        (html / "notebooks" / "one.html").write_text("answer 7\n", "utf8")
        (html / "old.html").write_text("a page that is no more\n", "utf8")
    result = book.run(BUILD)
    assert result.returncode == 0, result.stderr
    assert "0 of 2 chapters to execute" in result.stdout
    assert site_digest(book) == before


@pytest.mark.parametrize("damage", ["database", "notebook", "missing"])
def test_damaged_cache_starts_anew(book, damage):
    cache = book.root / "_build" / ".jupyter_cache"
    stored = next(cache.rglob("base.ipynb"))
    if damage == "missing":
        stored.unlink()
    else:
        target = cache / "global.db" if damage == "database" else stored
        target.write_text("not what it was", "utf8")
    result = book.run(EXECUTE)
    assert result.returncode == 0, result.stderr
    assert "damaged" in result.stdout
    assert result.stdout.count(": done") == 2


def cell(code: str, tags: str = "") -> str:
    options = f":tags: [{tags}]\n\n" if tags else ""
    return f"\n```{{code-cell}} ipython3\n{options}{code}\n```\n"


def line_of(page: str, text: str) -> int:
    return (FRONT_MATTER + page).splitlines().index(text) + 1


FAILURES = {
    "raises": ("x = 1\nraise ValueError('odd value 7')", "", "ValueError: odd value 7"),
    "claims": (
        "x = 1\nassert x > 1",
        "remove-cell, test",
        "AssertionError: assert x > 1",
    ),
    "dies": ("import os\nos._exit(3)", "", "the kernel died"),
    "hangs": ("import time\ntime.sleep(60)", "", "took longer than 3 s"),
    "warns": ("import warnings\nwarnings.warn('odd')", "", "wrote to stderr"),
}


@pytest.fixture(scope="module")
def failed(tmp_path_factory) -> tuple[str, dict[str, str]]:
    """One build of five chapters that fail, each in its own way, and one that does not.

    Returns what was written to stderr, and the chapters.
    """
    book = TinyBook(tmp_path_factory.mktemp("failing")).create()
    pages = {
        name: f"# {name}\n{cell('print(1)')}\nProse.\n{cell(code, tags)}{cell('1')}"
        for name, (code, tags, _) in FAILURES.items()
    }
    book.chapters(good="# Good\n" + cell("1 / 0", "raises-exception"), **pages)
    result = book.run(BUILD)
    assert result.returncode == 1
    assert "good.md: done" in result.stdout
    assert "Drawing the pages" not in result.stdout
    again = book.run(BUILD)
    assert again.returncode == 1, "a second run must not pass"
    assert "5 of 6 chapters to execute" in again.stdout
    return result.stderr, pages


@pytest.mark.parametrize("name", FAILURES)
def test_failing_chapter_is_named(failed, name):
    messages, pages = failed
    code, _, error = FAILURES[name]
    place = code.splitlines()[1 if name in ("raises", "claims") else 0]
    line = line_of(pages[name], place)
    found = re.findall(rf"^FAILED notebooks/{name}\.md, .*$", messages, re.MULTILINE)
    assert len(found) == 1, messages
    assert f"cell 2 (line {line}): {error}" in found[0]
    assert ("a claim of the page" in found[0]) == (name == "claims")


def test_broken_pages_fail_and_are_named(book):
    broken = "\n".join(
        [
            "See {ref}`no-such-label`.",
            "See {doc}`/no/such/page`.",
            "See {glue:text}`no_such_key:.1f`.",
            "See {cite:t}`nobody1999`.",
        ]
    )
    book.chapters(one=f"{ONE}\n{broken}\n", two=TWO)
    for _ in range(2):  # a second run must not pass
        result = book.run(BUILD)
        assert result.returncode == 1
        for word in ("no-such-label", "no/such/page", "no_such_key", "nobody1999"):
            lines = [line for line in result.stderr.splitlines() if word in line]
            assert lines, f"nothing on {word}:\n{result.stderr}"
            assert re.match(r"notebooks/one\.md:\d+: WARNING", lines[0])
        assert str(book.root) not in result.stderr


def test_notebooks_beside_the_sources_are_refused(tiny_book):
    tiny_book.write("notebooks/one.ipynb", "{}")
    result = tiny_book.run(BUILD)
    assert result.returncode == 1
    assert result.stderr.startswith("notebooks/one.ipynb: ")


def test_kernels_run_on_one_thread_without_personal_settings(tiny_book, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("MPLCONFIGDIR", str(tiny_book.root))
    build = str(tiny_book.root / "_build")
    code = "import os\nassert os.environ['OMP_NUM_THREADS'] == '1'"
    for name in ("MPLCONFIGDIR", "IPYTHONDIR"):
        code += f"\nassert os.environ['{name}'].startswith({build!r})"
    tiny_book.chapters(one="# One\n" + cell(code))
    result = tiny_book.run(EXECUTE)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(("dead", "failed"), [(2, []), (3, ["the kernel failed: odd"])])
def test_kernel_that_does_not_start_is_started_again(
    tmp_path, monkeypatch, dead, failed
):
    path = tmp_path / "one.md"
    path.write_text(FRONT_MATTER + "# One\n" + cell("print(1)"), "utf8")
    start, tried = runs.NotebookClient.async_start_new_kernel_client, []

    async def start_late(client):
        tried.append(client)
        if len(tried) <= dead:
            await client._async_cleanup_kernel()
            raise RuntimeError("odd")
        return await start(client)

    monkeypatch.setattr(
        runs.NotebookClient, "async_start_new_kernel_client", start_late
    )
    run = runs.execute(runs.Run(path, runs.read(path)), timeout=60)
    assert [failure.error for failure in run.failures] == failed
    assert len(tried) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere none is forked")
def test_forked_kernel_holds_the_packages_and_its_parent_may_end(tmp_path):
    path = tmp_path / "one.md"
    code = "import os, sys\nprint('torch' in sys.modules, os.getppid())"
    path.write_text(FRONT_MATTER + "# One\n" + cell(code), "utf8")
    parents = set()
    for _ in range(2):
        run = runs.execute(runs.Run(path, runs.read(path)), timeout=60, warm=True)
        assert not run.failures
        held, parent = run.notebook.cells[-1].outputs[0].text.split()
        assert held == "True"
        assert int(parent) == warm.SERVER.process.pid
        parents.add(parent)
        warm.SERVER.process.kill()  # the next kernel needs another
        warm.SERVER.process.wait()
    assert len(parents) == 2
