"""The pages that run no code: their examples, facts, references and licences."""

import ast
import doctest
import math
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from pybtex.database import parse_file

from vaecourse import data, plots
from vaecourse.faces import FACTORS, SIDE

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
PAGES = sorted(BOOK.glob("*.md"))
README = (ROOT / "README.md").read_text("utf8")
HOW_TO_USE = (BOOK / "how_to_use.md").read_text("utf8")
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# Examples ---------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_give_what_they_show(page):
    text = page.read_text("utf8")
    source = "\n".join(FENCE.findall(text))
    assert text.count(">>>") == source.count(">>>"), "an example outside ```python"
    test = doctest.DocTestParser().get_doctest(source, {}, page.name, str(page), 0)
    report = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    failed, _ = runner.run(test, out=report.append)
    assert not failed, "".join(report)


def test_background_pages_have_examples():
    for name in ("linear_algebra", "pytorch", "data_card"):
        assert ">>>" in (BOOK / f"{name}.md").read_text("utf8")


@pytest.mark.parametrize("name", ["linear_algebra", "pytorch"])
def test_self_test_has_an_answer_to_each_question(name):
    text = (BOOK / f"{name}.md").read_text("utf8")
    questions, answers = re.search(
        r"## Test yourself\n(.*?):::\{admonition\} Answers\n(.*?)\n:::", text, re.S
    ).groups()
    numbers = re.findall(r"^(\d+)\. ", questions, re.M)
    assert numbers == re.findall(r"^(\d+)\. ", answers, re.M)
    assert numbers == [str(i + 1) for i in range(len(numbers))]
    assert 6 <= len(numbers) <= 8


def test_answers_of_the_linear_algebra_page(rng):
    x = rng.normal(size=(7, 4))
    assert (x.T @ x).shape == (4, 4) and (x @ x.T).shape == (7, 7)
    for square in (x.T @ x, x @ x.T):
        assert np.isclose(np.trace(square), sum(row @ row for row in x))

    q = np.linalg.qr(rng.normal(size=(6, 4))).Q
    m = q * [5, 3, 2, 1] @ np.linalg.qr(rng.normal(size=(4, 4))).Q
    left, s, right = np.linalg.svd(m, full_matrices=False)
    assert np.isclose(((m - left[:, :2] * s[:2] @ right[:2]) ** 2).sum(), 5)
    for _ in range(200):  # no matrix of rank 2 comes nearer
        a, b = rng.normal(size=(6, 2)), rng.normal(size=(2, 4))
        b = np.linalg.lstsq(a, m)[0] if rng.random() < 0.5 else b
        assert ((m - a @ b) ** 2).sum() >= 5

    m = rng.normal(size=(3, 3))
    m *= np.cbrt(4 / np.linalg.det(m))
    assert np.isclose(np.linalg.det(2 * m), 32)
    assert np.isclose(np.linalg.det(np.linalg.inv(m)), 1 / 4)
    assert round(1 / (0.1 * math.sqrt(2 * math.pi)), 2) == 3.99


def test_formulas_of_the_linear_algebra_page(rng):
    u = np.linalg.qr(rng.normal(size=(5, 2))).Q
    x, p = rng.normal(size=5), u @ u.T
    for _ in range(20):  # Pythagoras, for any other point y of the subspace
        y = u @ rng.normal(size=2)
        parts = ((x - p @ x) ** 2).sum() + ((p @ x - y) ** 2).sum()
        assert np.isclose(((x - y) ** 2).sum(), parts)

    z = rng.normal(size=(40, 3)) @ rng.normal(size=(3, 3))
    mean, c = z.mean(0), np.cov(z.T, bias=True)
    v = rng.normal(size=3)
    v /= np.linalg.norm(v)
    assert np.isclose(((z - mean) @ v).var(), v @ c @ v)
    assert np.isclose(((z - mean) ** 2).sum(1).mean(), np.trace(c))
    assert np.isclose(np.linalg.det(c), np.linalg.eigvalsh(c).prod())

    grid = np.linspace(-9, 9, 20001)
    density = np.exp(-((grid - 1) ** 2) / (2 * 0.3)) / np.sqrt(2 * np.pi * 0.3)
    assert np.isclose(np.trapezoid(density, grid), 1)
    assert np.isclose(np.trapezoid(density * (grid - 1) ** 2, grid), 0.3)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# Notation ---------------------------------------------------------------------------


def notation_rows() -> list[list[str]]:
    """Return the cells of the table of symbols, as a tool would read them."""
    text = (BOOK / "notation.md").read_text("utf8")
    table = re.search(r"^\| Symbol \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.M)[1]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()
    ]


def test_notation_table_can_be_read():
    rows = notation_rows()
    for row in rows:
        assert len(row) == 4, f"not four cells: {row}"
        assert re.fullmatch(r"\$[^$]+\$(, \$[^$]+\$)*", row[0]), row[0]
        assert row[1], f"{row[0]} has no meaning"
        for name in re.findall(r"`([^`]+)`", row[3]):
            ast.parse(f"v{name}" if name.startswith(".") else name, mode="eval")
    symbols = [symbol for row in rows for symbol in row[0].split(", ")]
    assert len(symbols) == len(set(symbols)), "one symbol, two rows"
    assert {"$x$", "$C$", "$E$", "$W$", r"$\lambda_i$", r"$\eta$"} <= set(symbols)


def test_colours_are_those_of_the_figures():
    css = (BOOK / "_static/pages.css").read_text("utf8")
    for name in ("data", "encoder", "decoder", "prior"):
        colour = re.search(rf"--c-{name}, (#\w+)", css)[1]
        assert colour == getattr(plots, name.upper())
        assert f"{{.swatch .swatch-{name}}}" in (BOOK / "notation.md").read_text("utf8")


# Glossary ---------------------------------------------------------------------------

TERM = re.compile(r"\{term\}`(?:[^`<]*<)?([^`<>]+)>?`")


def glossary() -> dict[tuple[str, ...], str]:
    """Return the definition of each entry, by the entry's names."""
    text = (BOOK / "glossary.md").read_text("utf8")
    body = re.search(r"^:::\{glossary\}\n(.*?)\n:::$", text, re.M | re.S)[1]
    entries = (
        re.fullmatch(r"((?:\S.*\n)+)((?:  .*\n?)+)", e) for e in body.split("\n\n")
    )
    return {tuple(entry[1].splitlines()): entry[2] for entry in entries}


def test_glossary_is_in_alphabetical_order():
    names = [entry[0].casefold() for entry in glossary()]
    assert names == sorted(names)
    every = [name.casefold() for entry in glossary() for name in entry]
    assert len(every) == len(set(every)), "one term, two entries"


def test_glossary_entries_name_their_chapters():
    for names, definition in glossary().items():
        for shown, target in re.findall(r"\{doc\}`([^`<]+) <([^`>]+)>`", definition):
            number = re.fullmatch(r"/notebooks/(\d+)_\w+", target)[1]
            assert shown.lower() == f"chapter {int(number)}", names[0]


def test_glossary_entries_are_of_use():
    """Each leads to the chapter that treats it, or something else leads to it."""
    entries = glossary()
    pages = [
        *(p for p in PAGES if p.stem != "glossary"),
        *ROOT.glob("notebooks/[0-9]*.md"),
    ]
    from_pages = {name for p in pages for name in TERM.findall(p.read_text("utf8"))}
    for names, definition in entries.items():
        others = (text for other, text in entries.items() if other != names)
        linked = from_pages.union(*(TERM.findall(text) for text in others))
        assert "/notebooks/" in definition or linked & set(names), names[0]


# Data card --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def card():
    return (BOOK / "data_card.md").read_text("utf8")


def test_digits_are_as_the_card_says(card):
    digits = data.load_digits(counts=True)
    parts = (digits.train, digits.validation, digits.test)
    for name, part in zip(("Training", "Validation", "Test"), parts, strict=True):
        counts = torch.bincount(part.y, minlength=10).tolist()
        assert f"| {name} | {' | '.join(map(str, counts))} |" in card
    x = torch.cat([part.x for part in parts])
    assert len(x) == 1797 and "1,797 images" in card
    assert x.min() == 0 and x.max() == 16 and torch.equal(x, x.round())
    blank = (x.max(0).values == 0).nonzero().flatten().tolist()
    assert blank == [0, 32, 39]  # top left; the outer two of the fifth row
    assert [divmod(i, 8) for i in blank] == [(0, 0), (4, 0), (4, 7)]
    for part in (x, digits.train.x):
        assert torch.linalg.matrix_rank((part - part.mean(0)).double()) == 61

    from sklearn.datasets import load_digits

    assert load_digits().target[:30].tolist() == 3 * list(range(10))


def test_tumours_are_as_the_card_says(card):
    tumours = data.load_breast_cancer()
    parts = (tumours.train, tumours.validation, tumours.test)
    for label, name in enumerate(("Malignant", "Benign")):
        counts = [int((part.y == label).sum()) for part in parts]
        assert f"| {name} | {' | '.join(map(str, counts))} |" in card
    sizes = [len(part) for part in parts]
    assert "{} for training, {} for validation and {} for".format(*sizes) in card
    assert sum(sizes) == 569
    x = torch.cat([part.x for part in parts]).double().numpy()
    column = {str(name): i for i, name in enumerate(tumours.names)}
    spread = x.std(0)
    assert spread.max() / spread.min() > 100_000
    first = np.linalg.svd(x - x.mean(0), full_matrices=False)[2][0] ** 2
    assert first[[column["mean area"], column["worst area"]]].sum() > 0.99
    pair = x[:, [column["mean radius"], column["mean perimeter"]]]
    assert round(np.corrcoef(pair.T)[0, 1], 3) == 0.998 and "0.998" in card
    empty = [name for name in column if "concav" in name]
    assert len(empty) == 6
    zeros = x[:, [column[name] for name in empty]] == 0
    assert zeros.all(1).sum() == zeros.any(1).sum() == 13
    assert not (np.delete(x, [column[name] for name in empty], 1) == 0).any()


def test_faces_are_as_the_card_says(card):
    for name, (low, high) in FACTORS.items():
        values = "0 or 1" if name == "sunglasses" else f"{low:g} to {high:g}"
        assert f"| {name} | {values} |" in card
    faces = data.make_faces()
    parts = (faces.train, faces.validation, faces.test)
    wanted = "{:,} for training, {} for validation and {} for testing"
    assert wanted.format(*map(len, parts)) in card
    assert faces.train.x.shape[1] == SIDE**2 == 576


# References and licences ------------------------------------------------------------

REQUIRED = {
    "article": {"journal", "volume", "pages"},
    "inproceedings": {"booktitle"},
    "incollection": {"booktitle", "publisher", "pages"},
    "book": {"publisher"},
    "misc": {"howpublished"},
    "techreport": {"institution", "number"},
}
BIBLIOGRAPHY = parse_file(BOOK / "references.bib").entries


@pytest.mark.parametrize("key", BIBLIOGRAPHY)
def test_reference_is_complete(key):
    entry = BIBLIOGRAPHY[key]
    fields = set(entry.fields)
    assert REQUIRED[entry.type] | {"title", "year"} <= fields
    assert fields & {"doi", "eprint", "url", "isbn"}, "no identifier"
    authors = entry.persons["author"]
    assert authors and all(p.first_names and p.last_names for p in authors)
    assert "others" not in entry.fields.get("author", "").lower()
    surname = re.sub(r"\W", "", authors[0].last_names[-1]).lower()
    assert key == f"{surname}{entry.fields['year']}"
    assert re.fullmatch(r"10\.\d{4,}/\S+", entry.fields.get("doi", "10.1000/x"))
    assert re.fullmatch(r"\d{4}\.\d{4,5}", entry.fields.get("eprint", "1234.56789"))
    first, last = re.fullmatch(
        r"(\d+)--(\d+)", entry.fields.get("pages", "1--2")
    ).groups()
    assert int(first) < int(last)


def test_identifiers_are_not_shared():
    found = [
        value
        for entry in BIBLIOGRAPHY.values()
        for field, value in entry.fields.items()
        if field in {"doi", "eprint", "url"}
    ]
    assert len(found) == len(set(found))


def test_vendored_software_is_named_with_its_licence():
    page = (BOOK / "licences.md").read_text("utf8")
    for folder in (path for path in (BOOK / "_vendor").glob("*") if path.is_dir()):
        assert f"`book/_vendor/{folder.name}`" in page
        assert list(folder.glob("LICENSE*")) or list(folder.glob("OFL*"))


def test_citation_file_agrees_with_the_package():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf8"))
    settings = (ROOT / "pyproject.toml").read_text("utf8")
    assert f'version = "{citation["version"]}"' in settings
    assert f"vaecourse-{citation['version']}-py3" in HOW_TO_USE
    assert citation["title"] == "From Autoencoders to VAEs"
    assert citation["authors"][0]["name"] in (ROOT / "LICENSE").read_text("utf8")


# Commands ---------------------------------------------------------------------------


def without_make(text: str) -> list[list[str]]:
    """Return the commands of each block for Windows, written the Unix way."""
    blocks = re.findall(r"```bat\n(.*?)```", text, re.DOTALL)
    return [block.replace("\\", "/").splitlines() for block in blocks]


def with_make(target: str) -> list[str]:
    """Return the commands that make would run, as they are called on Windows."""
    shown = subprocess.run(
        [
            "make",
            "--dry-run",
            "--no-print-directory",
            target,
            "VENV=.venv",
            "PYTHON=python3",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = re.sub(r"\\\n\s*", "", shown).replace('"', "").splitlines()
    commands = [re.sub(r"^command -v .*; \}; *", "", line).strip() for line in lines]
    commands = [re.sub(r"^python3 ", "python ", line) for line in commands]
    return [line.replace(".venv/bin/", ".venv/Scripts/") for line in commands]


def test_windows_commands_are_those_of_make():
    book, lab, notebooks = without_make(HOW_TO_USE)
    assert without_make(README) == [book]
    assert with_make("book") == book
    assert with_make("lab") == book[:1] + lab
    assert with_make("notebooks") == book + notebooks


@pytest.mark.parametrize("text", [README, HOW_TO_USE], ids=["README", "how_to_use"])
def test_make_targets_exist(text):
    targets = set(
        re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf8"), re.M)
    )
    named = set(re.findall(r"(?:`|^|cpu )make ([a-z]+)", text, re.M))
    assert {"book", "lab", "notebooks"} <= named <= targets


def test_readme_names_what_is_there():
    table = README.split("## What is where")[1].split("##")[0]
    paths = re.findall(r"`([^`]+)`", table) + re.findall(r"\]\(([\w/.-]+)\)", README)
    assert len(paths) > 10
    for path in paths:
        assert (ROOT / path).exists(), f"README names {path}, which is not there"
