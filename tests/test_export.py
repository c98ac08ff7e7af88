"""The student and instructor notebooks, of a tiny course and of the real one."""

import json
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import read_myst_markdown_notebook

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
from chapter import read, read_strictly  # noqa: E402
from chapter.form import FRONT_MATTER, Cell, ChapterError, Text  # noqa: E402
from chapter_rules import Project  # noqa: E402
from check_chapters import check_chapter  # noqa: E402
from editions.convert import to_notebook  # noqa: E402
from editions.values import NotExecutedError  # noqa: E402
from make_notebooks import build_wheel, load_course, main, write_editions  # noqa: E402

TINY = (
    FRONT_MATTER
    + """
# How large is a sum?

We add, see {cite:t}`gauss1801` and {cite:p}`gauss1801,euler1748`.

## Goals

% A comment for the author.
(sec-tiny-start)=
## Before you start

See {doc}`../book/notation`, {doc}`the symbols </book/notation>`, {ref}`sec-tiny-start`.

```{code-cell} ipython3
from types import SimpleNamespace
```

```{code-cell} ipython3
:tags: [remove-cell]

from myst_nb import glue

glue("total", 2.5, display=False)
glue("word", "many", display=False)
secret_of_the_page = 1
```

```{code-cell} ipython3
:tags: [remove-cell, test]

assert secret_of_the_page == 1
```

The total is {glue:text}`total:.2f`, that is {glue:text}`word`, by {eq}`eq-tiny-sum`.
Code such as `{glue:text}` and \\{braces\\} stays, as does `` `{eq}` ``.

$$
s = a + b
$$ (eq-tiny-sum)

```{code-cell} ipython3
---
tags: [hide-input]
mystnb:
  image:
    alt: "A table of sums."
  figure:
    name: fig-tiny-sums
    caption: Sums up to {glue:text}`total:.1f`.
---
print("a figure")
```

:::{explorer} kl
:figure: fig-tiny-sums
:data: word
:::

In {numref}`fig-tiny-sums`, or {numref}`figure %s <fig-tiny-sums>`, it is plain.

:::{note}
A note with $x$.
:::

:::{admonition} For the curious
:class: dropdown

More, with a formula.

$$
x = y
$$
:::

```text
shown, {eq}`not` resolved
```

```{code-cell} ipython3
def check_double(fn):
    assert fn(3) == 6, "add it to itself"
    print("checked")


checks = SimpleNamespace(check_double=check_double)
```

## Exercises

:::{exercise-start} Twice
:label: ex-tiny-double

*5 minutes, easy.*
Return twice `x`, see {eq}`eq-tiny-sum` and {ref}`ex-other-only`.
:::

```{code-cell} ipython3
:tags: [skip-execution, stub]

def double(x):
    \"\"\"Twice x, a number.\"\"\"
    raise NotImplementedError
```

:::{exercise-end}
:::

:::{solution-start} ex-tiny-double
:class: dropdown
:::

The clever idea is to add the number to itself.

```{code-cell} ipython3
def double(x):
    \"\"\"Twice x, a number.\"\"\"
    clever_intermediate = x + x
    return clever_intermediate
```

Notice that no product was needed.

:::{solution-end}
:::

```{code-cell} ipython3
:tags: [check]

checks.check_double(double)
```

:::{exercise-start} Prove it
:label: ex-tiny-proof

*5 minutes, easy, on paper.*
Show that the sum of two even numbers is even.
:::

:::{exercise-end}
:::

:::{solution-start} ex-tiny-proof
:class: dropdown
:::

Both are divisible, hence so is their sum.

```{code-cell} ipython3
print("numerically confirmed", (2 + 4) % 2 == 0)
```

:::{solution-end}
:::

```{code-cell} ipython3
print("the end is reached")
```
"""
)
OTHER = (
    FRONT_MATTER
    + """
# What comes next?

:::{exercise-start} Only
:label: ex-other-only

*5 minutes, easy, on paper.*
A question about {numref}`fig-tiny-sums` and {glue:text}`01_tiny.md::total:.3f`.
:::

:::{exercise-end}
:::

:::{solution-start} ex-other-only
:class: dropdown
:::

The answer is no.

:::{solution-end}
:::
"""
)
BIB = """
@book{gauss1801, author = {Gau{\\ss}, Carl Friedrich}, title = {Disquisitiones},
  publisher = {Fleischer}, year = {1801}, eprint = {1801.00001}}
@article{euler1748,
  author = {Euler, Leonhard and Bernoulli, Daniel and Lagrange, J. L.},
  title = {On Sums}, journal = {Acta}, volume = {3}, pages = {1--9}, year = {1748},
  doi = {10.5555/12345}}
"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A course of two chapters, the first of them executed."""
    root = tmp_path_factory.mktemp("a course")
    for name, text in {
        "_config.yml": "title: Sums\n",
        "pyproject.toml": '[project]\nname = "sums"\nversion = "1.2"\n',
        "book/references.bib": BIB,
        "book/notation.md": "# Notation\n",
        "notebooks/01_tiny.md": TINY,
        "notebooks/02_other.md": OTHER,
    }.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, "utf8")
    (root / "_build").mkdir()
    nb = read_myst_markdown_notebook(TINY, add_source_map=True)
    result = single_nb_execution(nb, cwd=root, timeout=60, allow_errors=False)
    assert result.exc_string is None
    bundle = CacheBundleIn(nb, "01_tiny.md")
    cache = get_cache(root / "_build" / ".jupyter_cache")
    cache.cache_notebook_bundle(bundle, check_validity=False)
    return root


@pytest.fixture(scope="module")
def student(tiny):
    path = tiny / "notebooks" / "01_tiny.md"
    return to_notebook(path, load_course(tiny), solutions=False)


@pytest.fixture(scope="module")
def instructor(tiny):
    path = tiny / "notebooks" / "01_tiny.md"
    return to_notebook(path, load_course(tiny), solutions=True)


def words(notebook, kind="markdown"):
    return "\n\n".join(c.source for c in notebook.cells if c.cell_type == kind)


def leaks(chapter, notebook):
    """Lines of solutions, words and code, that stand in a notebook and nowhere else."""
    solved, open_to_all = [], []
    for exercise in chapter.exercises:
        solved += exercise.solution
        open_to_all += [*exercise.question, exercise.stub, exercise.check]
    open_to_all += [b for b in chapter.body if isinstance(b, (Cell, Text))]

    def lines(blocks):
        texts = (getattr(b, "text", "") or getattr(b, "source", "") for b in blocks)
        return {line.strip() for text in texts for line in text.split("\n")}

    found = "\n".join(cell.source for cell in notebook.cells)
    return [s for s in lines(solved) - lines(open_to_all) if len(s) > 12 and s in found]


def test_no_solution_leaks_into_the_student_edition(tiny, student, instructor):
    chapter = read(tiny / "notebooks" / "01_tiny.md")
    assert leaks(chapter, student) == []
    assert len(leaks(chapter, instructor)) == 6  # what the student does not see
    everything = json.dumps(student)
    for part in ("clever", "numerically confirmed", "no product", "divisible"):
        assert part not in everything


def test_student_edition_has_stub_then_check_then_where_the_solution_is(student):
    sources = [c.source for c in student.cells]
    stub = next(i for i, s in enumerate(sources) if s.startswith("def double"))
    assert "raise NotImplementedError" in sources[stub]
    assert sources[stub + 1] == "checks.check_double(double)"
    assert sources[stub + 2].startswith("Solution: on the page “How large is a sum?”, ")


def test_instructor_edition_has_the_solution_and_no_stub(instructor):
    code = words(instructor, "code")
    assert "NotImplementedError" not in code and "clever_intermediate" in code
    assert code.count("def double") == 1


def test_solution_link_where_the_site_has_an_address(tiny):
    path = tiny / "notebooks" / "01_tiny.md"
    for address in ("https://example.org/book", "https://example.org/book/"):
        notebook = to_notebook(path, load_course(tiny, address), solutions=False)
        link = "(https://example.org/book/notebooks/01_tiny.html#ex-tiny-double)"
        assert link in words(notebook)
        assert "[the symbols](https://example.org/book/book/notation.html)" in words(
            notebook
        )


def test_the_address_is_one_setting(tiny):
    config = tiny / "_config.yml"
    plain = config.read_text("utf8")
    config.write_text(plain + "html: {baseurl: https://example.org}\n", "utf8")
    try:
        assert load_course(tiny).site == "https://example.org/"
    finally:
        config.write_text(plain, "utf8")
    assert load_course(tiny).site == ""


def test_glued_numbers_survive(student):
    assert "The total is 2.50, that is many, by (1.1)." in words(student)
    assert "**Fig. 1.1.** Sums up to 2.5." in words(student)


def test_references_are_readable(student):
    text = words(student)
    assert "In Fig. 1.1, or figure 1.1, it is plain." in text
    assert "see (1.1) and Exercise 2.1 of *What comes next?*." in text
    assert "See *Notation*, the symbols, Before you start." in text
    assert "$$\ns = a + b\n\\tag{1.1}\n$$" in text


def test_citations_are_author_and_year(student):
    text = words(student)
    assert "see Gauß (1801) and (Gauß, 1801; Euler et al., 1748)." in text
    assert "C. F. (1801). *Disquisitiones*. Fleischer. <https://arxiv.org/" in text
    assert "*On Sums*. Acta 3, 1–9. <https://doi.org/10.5555/12345>" in text  # noqa: RUF001


def test_what_the_page_removes_is_dropped_and_code_is_left_alone(student, instructor):
    for notebook in (student, instructor):
        everything = json.dumps(notebook)
        for part in ("secret_of_the_page", "myst_nb", "A comment", "sec-tiny-start"):
            assert part not in everything
        assert "explorer" not in everything
        text = words(notebook)
        assert "Code such as `{glue:text}` and \\{braces\\} stays" in text
        assert "as does `` `{eq}` ``." in text
        assert "shown, {eq}`not` resolved" in text
        assert "**Note.** A note with $x$." in text
        assert "<summary>For the curious</summary>" in text
        (hidden,) = (c for c in notebook.cells if "jupyter" in c.metadata)
        assert hidden.metadata.jupyter == {"source_hidden": True}


def test_the_notebook_says_where_it_is_from(student):
    first, install = student.cells[:2]
    for part in ("How large is a sum?", "notebooks/01_tiny.md", "Sums, version 1.2"):
        assert part in first.source
    assert "%pip install vaecourse-1.2-py3-none-any.whl" in install.source
    assert all(line.startswith("#") for line in install.source.split("\n"))


def test_reference_across_chapters(tiny):
    path = tiny / "notebooks" / "02_other.md"
    notebook = to_notebook(path, load_course(tiny), solutions=False)
    assert "about Fig. 1.1 of *How large is a sum?* and 2.500." in words(notebook)


def run(notebook, folder):
    """Execute all cells; return the errors as (source, name)."""
    notebook = nbformat.from_dict(json.loads(json.dumps(notebook)))
    client = nbclient.NotebookClient(
        notebook,
        timeout=120,
        allow_errors=True,
        resources={"metadata": {"path": folder}},
    )
    client.execute()
    outputs = "".join(json.dumps(c.get("outputs", [])) for c in notebook.cells)
    errors = [
        (cell.source, output.ename)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    return errors, outputs


def test_student_edition_runs_up_to_what_the_student_must_write(student, tmp_path):
    errors, outputs = run(student, tmp_path)
    assert errors == [("checks.check_double(double)", "NotImplementedError")]
    assert "the end is reached" in outputs


def test_an_unsolved_check_does_not_stop_run_all(student):
    (check,) = (c for c in student.cells if c.source.startswith("checks.check"))
    assert check.metadata.tags == ["raises-exception"]


def test_instructor_edition_runs(instructor, tmp_path):
    errors, outputs = run(instructor, tmp_path)
    assert errors == [] and "checked" in outputs


def test_editions_are_valid_and_the_same_every_time(tiny, tmp_path):
    course = load_course(tiny)
    folders = [tmp_path / "first", tmp_path / "second"]
    written = [write_editions(course, folder) for folder in folders]
    assert [p.relative_to(folders[0]).as_posix() for p in written[0]] == [
        "student/01_tiny.ipynb",
        "student/02_other.ipynb",
        "instructor/01_tiny.ipynb",
        "instructor/02_other.ipynb",
    ]
    for one, other in zip(*written, strict=True):
        assert one.read_bytes() == other.read_bytes()
        notebook = nbformat.read(one, 4)
        nbformat.validate(notebook)
        assert notebook.metadata.kernelspec.name == "python3"
        assert all(c.outputs == [] for c in notebook.cells if c.cell_type == "code")
    stale = folders[0] / "student" / "99_gone.ipynb"
    stale.write_text("{}", "utf8")
    write_editions(course, folders[0])
    assert not stale.exists()


BAD = [
    ("A note with $x$.", "A {sub}`note` with $x$.", "unknown role {sub}"),
    (":::{note}", ":::{danger}", "unknown directive"),
    ("{glue:text}`total:.2f`", "{glue:text}`totals:.2f`", "no glued value 'totals'"),
    ("{glue:text}`word`", "{glue:text}`word:.2f`", "cannot format \"'many'\""),
    ("{cite:t}`gauss1801`", "{cite:t}`gauss1802`", "no entry 'gauss1802'"),
    ("by {eq}`eq-tiny-sum`", "by {eq}`eq-tiny-product`", "no label 'eq-tiny-product'"),
    ("`../book/notation`", "`../book/notations`", "no page book/notations.md"),
]


@pytest.mark.parametrize(("old", "new", "message"), BAD)
def test_what_is_unknown_stops_the_export(tiny, old, new, message):
    path = tiny / "notebooks" / "01_tiny.md"
    assert old in TINY
    text = TINY.replace(old, new)
    line = text[: text.index(new)].count("\n") + 1
    course = load_course(tiny)
    path.write_text(text, "utf8")
    try:
        with pytest.raises(ChapterError) as caught:
            to_notebook(path, course, solutions=False)
    finally:
        path.write_text(TINY, "utf8")
    assert f"01_tiny.md:{line}: " in str(caught.value)
    assert message in str(caught.value)


def test_values_of_an_older_chapter_are_never_used(tiny):
    path = tiny / "notebooks" / "01_tiny.md"
    path.write_text(TINY.replace('"total", 2.5', '"total", 3.5'), "utf8")
    try:
        with pytest.raises(NotExecutedError, match="run 'make book' first"):
            to_notebook(path, load_course(tiny), solutions=False)
    finally:
        path.write_text(TINY, "utf8")


def test_stub_and_solution_of_other_signatures_are_found(tmp_path):
    path = tmp_path / "01_tiny.md"
    messages = {}
    for name, stub in (("kept", "double(x)"), ("broken", "double(y)")):
        path.write_text(TINY.replace("def double(x)", f"def {stub}", 1), "utf8")
        found = [p.message for p in check_chapter(path, Project(tmp_path))]
        messages[name] = [m for m in found if "signatures differ" in m]
    assert messages["kept"] == []
    assert messages["broken"] == [
        "signatures differ: stub 'def double(y)', solution 'def double(x)'"
    ]


def test_the_wheel_is_made_offline_and_leaves_nothing_behind(tmp_path):
    before = sorted([*ROOT.glob("build"), *ROOT.glob("src/*")])
    first = build_wheel(ROOT, tmp_path)
    content = first.read_bytes()
    version = load_course(ROOT).version
    assert first.name == f"vaecourse-{version}-py3-none-any.whl"
    assert build_wheel(ROOT, tmp_path).read_bytes() == content
    assert sorted([*ROOT.glob("build"), *ROOT.glob("src/*")]) == before


CHAPTERS = sorted(ROOT.glob("notebooks/[0-9]*.md"))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_the_chapters_of_the_book(path):
    chapter = read_strictly(path)
    course = load_course(ROOT)
    try:
        student = to_notebook(path, course, solutions=False)
        instructor = to_notebook(path, course, solutions=True)
    except NotExecutedError as error:
        pytest.skip(str(error))
    assert leaks(chapter, student) == []
    assert len(leaks(chapter, instructor)) > len(chapter.exercises)
    # The book runs these cells in this order, so both editions run as it does.
    shown = [c.source for c in chapter.cells if not c.removed and "stub" not in c.tags]
    code = [c.source for c in instructor.cells if c.cell_type == "code"]
    assert code[1:] == shown
    solved = {
        b.source for e in chapter.exercises for b in e.solution if isinstance(b, Cell)
    }
    kept = [c.source for c in chapter.cells if not c.removed and c.source not in solved]
    assert [c.source for c in student.cells if c.cell_type == "code"][1:] == kept


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_the_site_offers_the_student_edition(path):
    page = ROOT / "_build" / "html" / "notebooks" / f"{path.stem}.html"
    offered = ROOT / "_build" / "html" / "_sources" / "notebooks" / f"{path.stem}.ipynb"
    if not page.is_file():
        pytest.skip("the book is not built: run 'make book' first")
    assert f"_sources/notebooks/{path.stem}.ipynb" in page.read_text("utf8")
    assert leaks(read_strictly(path), nbformat.read(offered, 4)) == []


def test_the_command_says_what_to_do_first(monkeypatch, tmp_path, capsys, tiny):
    def not_executed(*arguments):
        return load_course(tiny).__class__(
            root=tiny, title="Sums", version="1.2", cache=tmp_path / "none"
        )

    monkeypatch.setattr("make_notebooks.load_course", not_executed)
    assert main(["--out", str(tmp_path / "out")]) == 1
    assert "01_tiny.md has not been executed as it stands" in capsys.readouterr().err
