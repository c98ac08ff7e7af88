"""Each house rule, on the template, which keeps it, and on an edit that breaks it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
from chapter_rules import RULES, Project  # noqa: E402
from check_chapters import check_chapter, check_repository, main  # noqa: E402

GOOD = (ROOT / "notebooks" / "TEMPLATE.md").read_text("utf8")
PROJECT = Project(ROOT)


@pytest.fixture
def check(tmp_path):
    """Return a function that checks a page and gives (line, rule, message)."""

    def run(text):
        path = tmp_path / "50_template.md"
        path.write_text(text, "utf8")
        return [
            (p.line, p.rule, p.message)
            for p in check_chapter(path, PROJECT)
            if p.rule != "R2"  # the template is short; R2 has its own test
        ]

    return run


def edit(old, new):
    """Change one place of the template."""
    assert GOOD.count(old) >= 1, f"the template no longer holds {old!r}"
    return GOOD.replace(old, new, 1)


def added(sentence):
    """The template with a sentence in a paragraph, and that sentence's line."""
    place = "Which one should it be?\n"
    text = edit(place, place + sentence + "\n")
    return text, text[: text.index(sentence)].count("\n") + 1


def after_seed(source, tags=""):
    """The template with a code cell below the seed."""
    head = f":tags: [{tags}]\n\n" if tags else ""
    cell = f"```{{code-cell}} ipython3\n{head}{source}\n```\n\n"
    return edit("Imagine a model", cell + "Imagine a model")


IMAGE = "  image:\n    alt: "
STUB = '    """Error of the best code of d numbers; eigenvalues (D,), a float."""\n'
STUB += "    raise"
REASON = ": the library that holds the digits, and a model of how to document one"
DROPDOWN = ":::{solution-start} ex-template-eigenvalues\n:class: dropdown\n:::\n"
EXPLORER = ":::{explorer} kl\n:figure: fig-template-means\n:::\n\n"
CHECK = "checks.check_error_from_eigenvalues(error_from_eigenvalues)"
CHECK_CELL = f"```{{code-cell}} ipython3\n:tags: [check]\n\n{CHECK}\n```\n"

BREAKS = [
    # rule, place, what to put there, part of the message
    ("R1", "# What does", "Text.\n\n# What does", "begins with '# title'"),
    ("R1", "# What does", "# What $x$ does", "no formula in the title"),
    ("R1", "## Goals", "## Aims", "sections Aims"),
    ("R1", "## Goals", "# Part two\n\n## Goals", "a second title"),
    ("R1", "- Measure what it leaves unexplained.\n", "", "2 goals"),
    ("R1", "the exercises about 15.", "the exercises 15.", "Reading takes about"),
    ("R1", ", as in {doc}`../book/linear_algebra`", "", "{doc} link"),
    ("R1", "to come.\n", "to come.\nAnd more.\n", "one sentence on one line"),
    ("R1", REASON, "", "no reason to read"),
    ("R4", "  name: python3\n", "  name: python3\n  version: 3\n", "front matter"),
    ("R4", ":tags: [remove-cell]\n\nfrom", ":tags: [remove-cell]\nfrom", "blank line"),
    ("R5", "import torch\n", "import torch\n\nx = 1\n", "not 'x = 1'"),
    ("R5", 'plt.style.use("vaecourse.course")', "", "first cell holds"),
    ("R5", "import torch\n", "import torch\n" + "import os\n" * 4, "at most 10 lines"),
    ("R5", "SEED = 0", "SEED = 3", "second cell"),
    ("R7", "It can only draw", "It can simply draw", "'simply'"),
    ("R7", "It can only draw", "Let us delve: it can draw", "'delve'"),
    ("R10", "one image $c$, always the same.\nWhich", "one image $c$.  Which",
     "two sentences"),
    ("R10", "has its eyes closed.\n", "has its\neyes closed.\n", "goes on"),
    ("R13", "other = x[", "g = x[", "`g` is not a code name"),
    ("R14", "$$ (eq-template-split)", "$$ (eq-1)", "label 'eq-1'"),
    ("R14", "of {eq}`eq-template-split`", "", "never referred to"),
    ("R14", "name: fig-template-means", "name: eq-template-split", "this chapter too"),
    ("R16", r"\frac1N \sum", r"\newcommand{\a}{b}\frac1N \sum", "newcommand"),
    ("R16", r"\begin{aligned}", r"\begin{align}", "begin{align}"),
    ("R16", "Which one should it be?", r"\begin{align} a", "inside $$ only"),
    ("R18", "left = rec", "a_long_name = 1\n" * 11 + "left = rec", "lines of code"),
    ("R18", "mean = x.mean(0)", "mean = x.mean(0)" + "  #" + "-" * 90, "columns"),
    ("R20", ":tags: [check]", ":tags: [hide-cell]", "tags ['hide-cell']"),
    ("R20", "glue(\"removed\", (1 - helped / left).item(), display=False)", "2 + 2",
     "glues nothing"),
    ("R24", "It can only draw", "At an error of 0.31 it can draw", '"0.31"'),
    ("R24", "Only the last shows", "With 4.71 nats the last shows", '"4.71"'),
    ("R24", "can be read;", "can be read at 97.1%;", '"97.1%"'),
    ("R28", 'alt: "Eleven', 'width: "Eleven', "image: alt:"),
    ("R28", "    name: fig-template-means\n", "", "figure: name:"),
    ("R28", "column_labels=labels);", "column_labels=labels)", "';'"),
    ("R29", '"Eleven blurred', '"An image of eleven blurred', "without 'image of'"),
    ("R31", "columns=11,", 'columns=11, cmap="jet",', "cmap='jet'"),
    ("R33", "## Goals", EXPLORER + "## Goals", "above the explorer is not the figure"),
    ("R34", "label: ex-template-eigen", "label: ex-other-eigen", "ex-template-<name>"),
    ("R34", "*5 minutes, easy.*", "", "first line"),
    ("R34", "*5 minutes, easy.*", "*6 minutes, easy.*", "takes 6 minutes"),
    ("R34", "*10 minutes, medium", "*30 minutes, medium", "they add up to 35"),
    ("R34", STUB, STUB.replace("raise", "return"), "a stub's body"),
    ("R34", STUB, "    raise", "docstring"),
    ("R34", CHECK, CHECK + "\n1", "the check cell is"),
    ("R34", CHECK_CELL, "", "no check cell"),
    ("R34", ":::{exercise-end}\n:::\n", "", "out of order"),
    ("R34", DROPDOWN, DROPDOWN.replace("eigenvalues", "other"), "solution to"),
    ("R34", "blank = (x", "blank = (spectrum.sum() + x", "comes from the solution"),
    ("R39", "$$\n\\begin", "$$ \\begin", "line of its own"),
    ("R39", "{doc}`../book", "{docs}`../book", "unknown role {docs}"),
    ("R39", ":::{exercise-start} What", ":::{exercise} What", "unknown directive"),
    ("R39", DROPDOWN, DROPDOWN.replace(":class: dropdown\n", ""), ":class: is missing"),
    ("R39", DROPDOWN, DROPDOWN.replace("dropdown", "tip"), "expected 'dropdown'"),
    ("R39", DROPDOWN, DROPDOWN.replace(":::\n", ":open:\n:::\n"), "option :open"),
    ("R39", "```{code-cell} ipython3\nSEED", "```{code-cell}\nSEED", "unknown fence"),
    ("R39", "## Goals", ":::{explorer} kl\n:::\n\n## Goals", ":figure: is missing"),
    ("R39", "## Goals", "```{note}\nx\n```\n\n## Goals", "written with colons"),
    ("R39", "## Goals", ":::{note}\n:::{tip}\nx\n:::\n:::\n\n## Goals", "nested"),
    ("R39", "Which one should", "Which<br>one should", "HTML"),
    ("R39", "Which one should", "Which[^1] one should", "footnote"),
    ("R39", "Which one should", "Which [one](other.md) should", "{doc}"),
    ("R39", IMAGE, "  image:\n    height: 3\n    alt: ", "'height'"),
    ("R39", "tags: [check]", "tags: [check", "cell option"),
]  # fmt: skip

CELLS = [
    ("R5", "import warnings\n\nwarnings.filterwarnings('ignore')", "warnings.filter"),
    ("R5", "%pip install torch", "not plain Python"),
    ("R5", "torch.ones(2).cuda()", "no paths, filters or devices"),
    ("R20", "from myst_nb import glue", "glue stands in a [remove-cell] cell"),
    ("R22", "def f():\n    global best\n    best = 1", "global best"),
    ("R22", "from torch import *", "name what you use"),
    ("R23", "torch.manual_seed(3)", "seed it from SEED"),
    ("R23", "import numpy as np\n\nnp.random.randn(3)", "generator made from SEED"),
    ("R28", "plt.plot([1]);", "image: alt:"),
    ("R30", "fig, ax = plt.subplots()\nax.set_title('x');", "the caption is the title"),
    ("R31", "fig, ax = plt.subplots()\nax.plot([1], color='#123456');", "#123456"),
    ("R32", "fig, ax = plt.subplots(figsize=(3, 3));", "figsize"),
]


def test_the_template_keeps_every_rule(check):
    assert check(GOOD) == []


@pytest.mark.parametrize(
    ("rule", "old", "new", "fragment"), BREAKS, ids=lambda v: str(v)[:24]
)
def test_an_edit_breaks_its_rule(check, rule, old, new, fragment):
    text = edit(old, new)
    found = [p for p in check(text) if p[1] == rule and fragment in p[2]]
    assert found, f"{rule} was not reported: {check(text)}"


@pytest.mark.parametrize(("rule", "source", "fragment"), CELLS)
def test_a_cell_breaks_its_rule(check, rule, source, fragment):
    found = [p for p in check(after_seed(source)) if p[1] == rule]
    assert any(fragment in message for _, _, message in found), found


def test_an_explorer_stands_below_its_figure(check):
    place = "columns=11, column_labels=labels);\n```\n"
    assert check(edit(place, f"{place}\n{EXPLORER}")) == []
    data = EXPLORER.replace("means\n", "means\n:data: tm-model\n")
    assert check(edit(place, f"{place}\n{data}")) == []


def test_a_problem_names_its_line(check):
    text, line = added("The error is simply large.")
    assert (line, "R7", "'simply': say it without this word") in check(text)


TYPED = [
    "It leaves an error of 4.21 on the test images.",
    "A linear code reaches 0.97 accuracy.",
    "That costs 12.3 nats.",
    "That costs 12 nats.",
    "Of these 12 {term}`nats <nat>` remain.",
    "Training takes 2.1 seconds here.",
    "Training takes 2 seconds here.",
    "The error is 37% lower.",
    "The error is 37 percent lower.",
    "It is 2.5x faster.",
    "It is 3x as good.",
    "The loss falls to 3e-4.",
    "The gap is $0.31$ at most.",
    r"The gap is $\approx 0.31$ here.",
    r"About $12\%$ of it remains.",
    "The accuracy, at `0.97`, is high.",
    "The error (4.21) is the largest.",
    "The error lies between 0.3-0.5 here.",
    "It drops from 17 to 9.",
    "The mean is about 17.",
    "The score is **0.8**.",
    "| 8 | 0.31 |",
    "It converges after 340 steps.",
]
HONEST = [
    "Each image has 8x8 pixels, 64 numbers in all.",
    "At d = 8 the error is small.",
    "With $d = 8$ the error is small.",
    "The error was found by Pearson in 1901.",
    "There are 1,797 digits, and 1,200 of them are for training.",
    "Each pixel is a count out of 16.",
    "The 2-D map shows ten classes.",
    "A network of 784-400-20 units is larger.",
    "We train with a learning rate of 0.01 throughout.",
    "The course runs on Python 3.11 and later.",
    "Section 2.3 of the book has the proof.",
    "The error with 8 numbers is smaller than with 4 numbers.",
    "Every doubling raises the mean over 100 {term}`test images <test set>`.",
    "It has an error of {glue:text}`left:.2f`.",
    "We take five seeds and show the mean of the five.",
    r"The half, $\frac12$, comes from the Gaussian.",
    r"So $\sigma = 0.5$ is a choice.",
    "The call is `train(rate=0.01)`.",
    "See [the paper](https://example.org/10.5555/12.34) for a proof.",
]


@pytest.mark.parametrize("sentence", TYPED)
def test_a_measured_number_is_caught(check, sentence):
    text, line = added(sentence)
    assert (line, "R24") in [p[:2] for p in check(text)]


@pytest.mark.parametrize("sentence", HONEST)
def test_an_honest_number_passes(check, sentence):
    text, _ = added(sentence)
    assert [p for p in check(text) if p[1] == "R24"] == []


def test_the_message_of_a_typed_number(check):
    text, line = added("The training error of 0.31 is low.")
    wanted = 'typed number "0.31" next to "error"; glue it'
    assert (line, "R24", wanted) in check(text)


def test_a_number_is_allowed_with_a_reason(check):
    sentence = "\nThe paper reports an error of 0.31.\n"
    reason = "% R24: 0.31: printed in the paper cited here"
    assert check(added("\n" + reason + sentence)[0]) == []
    no_reason = check(added("\n% R24: 0.31" + sentence)[0])
    assert any("is written '% R24: <numbers>: <reason>'" in p[2] for p in no_reason)
    other = check(added("\n" + reason.replace("0.31", "0.32") + sentence)[0])
    assert {p[1] for p in other} == {"R24"} and len(other) == 2  # typed, and unused


def test_removed_cells_define_nothing_that_is_used(check):
    hidden = after_seed("from myst_nb import glue\n\ndefault = 2", "remove-cell")
    assert check(hidden) == []
    shown = hidden.replace("mean = x.mean(0)", "mean = x.mean(0) * default")
    (problem,) = check(shown)
    assert problem[1] == "R20" and "`default` comes from a removed cell" in problem[2]
    inside = hidden.replace("mean = x", "def f():\n    return default\n\n\nmean = x")
    assert [p[1] for p in check(inside)] == ["R20"]
    own = hidden.replace("mean = x", "default = 3\nmean = default * x")
    assert check(own) == []


def test_a_test_cell_asserts_something(check):
    test = ":tags: [remove-cell, test]\n\nassert 0 < 1 - helped"
    assert test in GOOD
    problems = check(GOOD.replace(test, test.replace("assert 0 < ", "assured = ")))
    assert [p[1:] for p in problems] == [("R20", "a test cell without an assertion")]


@pytest.mark.parametrize(
    "signature",
    ["eigenvalues", "d, eigenvalues", "eigenvalues, d=1", "eigenvalues, *, d"],
)
def test_stub_and_solution_have_one_signature(check, signature):
    head, _, tail = GOOD.partition(DROPDOWN)
    tail = tail.replace("eigenvalues(eigenvalues, d):", f"eigenvalues({signature}):", 1)
    problems = [p for p in check(head + DROPDOWN + tail) if p[1] == "R34"]
    assert any("signatures differ" in p[2] and signature in p[2] for p in problems)
    line, *_ = problems[0]
    assert (head + DROPDOWN + tail).split("\n")[line - 1].startswith("def error_from")


def test_an_exercise_on_paper_has_no_stub(check):
    text = edit("*5 minutes, easy.*", "*5 minutes, easy, on paper.*")
    messages = [p[2] for p in check(text)]
    assert "a stub in an exercise on paper" in messages
    assert "a check in an exercise on paper" in messages
    needed = check(edit(", medium, on paper.*", ", medium.*"))
    assert {"the exercise has no stub cell", "the exercise has no check cell"} <= {
        p[2] for p in needed
    }


def test_lengths_are_a_warning(tmp_path):
    path = tmp_path / "50_template.md"
    path.write_text(GOOD, "utf8")
    found = [p for p in check_chapter(path, PROJECT) if p.rule == "R2"]
    assert len(found) == 3 and all(p.warning for p in found)
    link = "{term}`the page <a target whose ten words nobody who reads will see>`"
    prose = "\n\n" + f"Words that fill {link}.\n" * 240
    cells = "\n```{code-cell} ipython3\nmean.shape\n```\n" * 10
    third = GOOD[GOOD.index(":::{exercise-start} Why") : GOOD.index("## Further")]
    third = third.replace("ex-template-median", "ex-template-third")
    long = edit("## One bit of help", prose + cells + "\n## One bit of help")
    path.write_text(long.replace("## Further", third + "## Further"), "utf8")
    assert [p for p in check_chapter(path, PROJECT) if p.rule == "R2"] == []


def test_labels_are_unique_in_the_book(tmp_path):
    shutil.copytree(ROOT / "book", tmp_path / "book", ignore=lambda *_: ["_vendor"])
    (tmp_path / "notebooks").mkdir()
    for name in ("50_template.md", "51_template.md"):
        (tmp_path / "notebooks" / name).write_text(GOOD, "utf8")
    path = tmp_path / "notebooks" / "51_template.md"
    messages = [p.message for p in check_chapter(path, Project(tmp_path))]
    assert "label 'fig-template-means' stands in 50_template.md too" in messages


def test_no_notebook_and_no_machine_path_is_tracked(tmp_path):
    def git(*arguments):
        subprocess.run(["git", "-C", tmp_path, *arguments], check=True)

    git("init", "-q")
    url = "https://example.org/" + "work/x"  # no path of a machine
    (tmp_path / "good.py").write_text(f"ROOT = '{url}'\n", "utf8")
    git("add", "good.py")
    assert list(check_repository(tmp_path)) == []
    (tmp_path / "a.ipynb").write_text("{}", "utf8")
    (tmp_path / "bad.py").write_text("x = 1\nROOT = '/" + "home/me/x'\n", "utf8")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "long.py").write_text("x = 1\n" * 300, "utf8")
    git("add", "-f", ".")
    found = {(n, p.line, p.rule, p.warning) for n, p in check_repository(tmp_path)}
    assert found == {
        ("a.ipynb", 1, "R39", False),
        ("bad.py", 2, "R39", False),
        ("src/long.py", 1, "R36", True),
    }


def test_the_command(tmp_path, capsys):
    (tmp_path / "notebooks").mkdir()
    shutil.copytree(ROOT / "book", tmp_path / "book", ignore=lambda *_: ["_vendor"])
    path = tmp_path / "notebooks" / "50_template.md"
    path.write_text(GOOD, "utf8")
    assert main([], root=tmp_path) == 0  # R2 warns, and does not fail
    assert "warning: R2" in capsys.readouterr().out
    text, line = added("The training error of 0.31 is low.")
    path.write_text(text, "utf8")
    for arguments in ([], [str(path)]):
        assert main(arguments, root=tmp_path) == 1
        wanted = f'50_template.md:{line}: R24: typed number "0.31" next to "error"'
        assert f"notebooks/{wanted}" in capsys.readouterr().out


def test_every_rule_in_code_is_marked_in_contributing():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf8")
    text = text[text.index("## The rules") : text.index("## Change a rule")]
    entries = re.findall(r"^(\d+)\. (.*)$", text, re.M)
    marked = {int(n) for n, words in entries if "[auto" in words}
    code = "".join(p.read_text("utf8") for p in ROOT.glob("tools/chapter*/*.py"))
    code += (ROOT / "tools" / "check_chapters.py").read_text("utf8")
    assert marked == {int(n) for n in re.findall(r'"R(\d+)"', code)}
    assert [int(n) for n, _ in entries] == list(range(1, 40))


def test_every_rule_has_a_page_that_breaks_it():
    tested = {rule for rule, *_ in BREAKS + CELLS} | {"R2"}
    described = {re.match(r"R\d+", rule.__doc__)[0] for rule in RULES}
    assert described <= tested
