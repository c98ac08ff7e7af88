"""What a reference says in a notebook: numbers of labels, names of works."""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path, PurePosixPath

from chapter.form import Cell, Chapter, ChapterError, Directive, Heading, Math, Target
from pybtex.database import Entry, Person, parse_file
from pybtex.richtext import Text as RichText


def numbered(chapter: Chapter) -> dict[str, str]:
    """Return what each label of a chapter is called: Fig. 1.2, (1.1), Exercise 1.3.

    The numbers are those of the page: chapter, which the file's name begins with, then
    order within the chapter.
    """
    names: dict[str, str] = {}
    count: dict[str, int] = {}
    prefix = re.match(r"\d*", chapter.path.stem)[0]
    before = f"{int(prefix)}." if prefix else ""

    def name(kind: str, label: str) -> None:
        count[kind] = count.get(kind, 0) + 1
        pattern = "({})" if kind == "equation" else kind + " {}"
        names[label] = pattern.format(f"{before}{count[kind]}")

    waiting: list[str] = []
    for block in chapter.flat():
        if isinstance(block, Math) and block.label:
            name("equation", block.label)
        elif isinstance(block, Cell) and block.figure.get("name"):
            name("Fig.", block.figure["name"])
        elif isinstance(block, Target):
            waiting.append(block.label)
        elif isinstance(block, Heading):
            names.update(dict.fromkeys(waiting, block.text))
            waiting.clear()
        elif isinstance(block, Directive):
            if block.name == "figure":
                name("Fig.", block.options["name"])
            elif block.name == "exercise-start":
                name("Exercise", block.options["label"])
    return names


class Works:
    """The entries of `references.bib`."""

    def __init__(self, file: Path):
        self.file = Path(file)

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """Entries by key."""
        return dict(parse_file(str(self.file)).entries)

    def __getitem__(self, key: str) -> Entry:
        """Return an entry, or fail with the names of key and file."""
        if key not in self.entries:
            raise ChapterError(f"no entry {key!r} in {self.file.name}")
        return self.entries[key]

    def cite(self, key: str, in_brackets: bool) -> str:
        """Return 'Baldi and Hornik (1989)', or '(Baldi and Hornik, 1989)'."""
        entry = self[key]
        people = [_family(p) for p in entry.persons.get("author", [])]
        who = people[0] if len(people) == 1 else f"{people[0]} et al."
        if len(people) == 2:
            who = " and ".join(people)
        year = entry.fields["year"]
        return f"{who}, {year}" if in_brackets else f"{who} ({year})"

    def full(self, key: str) -> str:
        """Return the entry in one line: authors, year, title, where, address."""
        entry = self[key]
        fields = {k.lower(): _plain(v) for k, v in entry.fields.items()}
        people = [
            " ".join(
                [
                    _family(p),
                    *(f"{n[0]}." for n in map(_plain, p.first_names + p.middle_names)),
                ]
            )
            for p in entry.persons.get("author", [])
        ]
        where = next(
            (
                fields[k]
                for k in ("journal", "booktitle", "publisher", "school", "howpublished")
                if k in fields
            ),
            "",
        )
        if "volume" in fields:
            where += f" {fields['volume']}"
        if "pages" in fields:
            where += f", {fields['pages']}"
        address = entry.fields.get("url", "")
        if "eprint" in entry.fields:
            address = f"https://arxiv.org/abs/{entry.fields['eprint']}"
        if "doi" in entry.fields:
            address = f"https://doi.org/{entry.fields['doi']}"
        parts = [
            f"{', '.join(people)} ({fields['year']})",
            f"*{fields['title']}*",
            where,
            f"<{address}>" if address else "",
        ]
        return ". ".join(part for part in parts if part)


def _plain(latex: str) -> str:
    return str(RichText.from_latex(latex)).replace("\xa0", " ")


def _family(person: Person) -> str:
    return _plain(" ".join([*person.prelast_names, *person.last_names]))


def page_title(root: Path, document: str) -> str:
    """Return the title of a page, given its document name (book/notation)."""
    file = Path(root) / f"{document}.md"
    if not file.is_file():
        raise ChapterError(f"no page {document}.md")
    for line in file.read_text("utf8").split("\n"):
        if line.startswith("# "):
            return line[2:].strip()
    raise ChapterError(f"{document}.md has no title")


def document_name(folder: str, target: str) -> str:
    """Return the document that a `{doc}` target in a folder of the book means."""
    path = target.removesuffix(".md")
    if path.startswith("/"):
        return path[1:]
    return PurePosixPath(os.path.normpath(PurePosixPath(folder) / path)).as_posix()
