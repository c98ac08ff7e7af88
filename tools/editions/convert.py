"""Turn a chapter into a plain notebook."""

from __future__ import annotations

import re
from pathlib import Path

from chapter import read_strictly
from chapter.form import (
    Block,
    Cell,
    Chapter,
    ChapterError,
    Comment,
    Directive,
    Exercise,
    Heading,
    Literal,
    Math,
    Target,
    Text,
    spans,
)
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from editions.course import Course
from editions.references import document_name, numbered, page_title
from editions.values import NotExecutedError, format_value

INSTALL = """\
# Needs the library of the course. Where it is missing (Colab, another machine), put
# {wheel} beside this notebook, remove the first # of the
# next line and run this cell once.
# %pip install {wheel}"""


class _Converter:
    """Converts one chapter; cells pile up in `cells`."""

    def __init__(self, chapter: Chapter, course: Course, solutions: bool):
        self.chapter, self.course, self.solutions = chapter, course, solutions
        self.document = f"notebooks/{chapter.path.stem}"
        self.names = numbered(chapter)
        self.cited: list[str] = []
        self.cells: list[NotebookNode] = []

    def fail(self, line: int, message: str) -> ChapterError:
        return ChapterError(f"{self.document}.md:{line}: {message}")

    # words

    def words(self, text: str, line: int) -> str:
        """Return a text with its roles resolved."""
        result, end = "", len(text)
        for span in reversed(list(spans(text))):
            piece = text[span.start : end]
            if span.kind == "role":
                at = line + text.count("\n", 0, span.start)
                try:
                    piece = self.role(span.role, span.text)
                except NotExecutedError:
                    raise
                except ChapterError as error:
                    raise self.fail(at, str(error)) from None
            result, end = piece + result, span.start
        return result

    def role(self, role: str, content: str) -> str:
        if role == "glue:text":
            return self.glue(content)
        if role in ("cite:t", "cite:p"):
            keys = [key.strip() for key in content.split(",")]
            self.cited += [key for key in keys if key not in self.cited]
            cited = [self.course.works.cite(k, role == "cite:p") for k in keys]
            return f"({'; '.join(cited)})" if role == "cite:p" else ", ".join(cited)
        m = re.fullmatch(r"(?:(.*?)\s*<)?([^<>]+)>?", content, re.S)
        shown, target = m[1], m[2]
        if role == "term":
            return shown or target
        if role == "doc":
            document = document_name("notebooks", target)
            title = page_title(self.course.root, document)
            return self.course.link(shown or f"*{title}*", document)
        return self.label(shown, target)

    def label(self, shown: str | None, label: str) -> str:
        if label in self.names:
            name, document = self.names[label], self.document
        elif label in self.course.labels:
            name, document = self.course.labels[label]
        else:
            raise ChapterError(f"no label {label!r} in any chapter")
        number = name.strip("()").rpartition(" ")[2]
        text = re.sub(r"%s|\{number\}", number, shown) if shown else name
        if document == self.document:
            return text
        if not shown:
            text += f" of *{page_title(self.course.root, document)}*"
        return self.course.link(text, document, label)

    def glue(self, content: str) -> str:
        key, _, form = content.rpartition(":") if ":" in content else (content, "", "")
        path = self.chapter.path
        if "::" in key:
            other, _, key = key.partition("::")
            path = self.course.root / f"{document_name('notebooks', other)}.md"
        values = self.course.glued(path)
        if key not in values:
            raise ChapterError(f"no glued value {key!r} in {path.name}")
        return format_value(values[key], form)

    # blocks

    def block(self, block: Block) -> str:
        """Return a block that is not a cell or an exercise as Markdown."""
        explorer = isinstance(block, Directive) and block.name == "explorer"
        if explorer or isinstance(block, (Comment, Target)):
            return ""  # of an explorer, the picture behind it is there
        if isinstance(block, Heading):
            return f"{'#' * block.level} {self.words(block.text, block.line)}"
        if isinstance(block, Text):
            return self.words(block.text, block.line)
        if isinstance(block, Literal):
            return f"```{block.language}\n{block.text}\n```"
        if isinstance(block, Math):
            number = self.names.get(block.label, "").strip("()")
            tag = f"\n\\tag{{{number}}}" if number else ""
            return f"$$\n{block.tex}{tag}\n$$"
        if isinstance(block, Directive):
            return self.directive(block)
        raise self.fail(block.line, f"cannot export {type(block).__name__}")

    def directive(self, block: Directive) -> str:
        body = "\n\n".join(text for b in block.body if (text := self.block(b)))
        title = self.words(block.argument, block.line)
        if block.name in ("note", "tip", "warning"):
            return f"**{block.name.title()}.** {body}"
        if block.name == "admonition" and "class" in block.options:
            return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"
        if block.name == "admonition":
            return f"**{title}**\n\n{body}"
        if block.name == "figure":
            name = self.names[block.options["name"]]
            page = self.course.link("the chapter's page", self.document)
            return f"**{name}** (on {page}). {body}\n\nIt shows: {block.options['alt']}"
        raise self.fail(block.line, f"cannot export directive {block.name!r}")

    def add(self, markdown: str) -> None:
        """Append Markdown, to the last cell unless it begins a section."""
        if not markdown:
            return
        last = self.cells[-1] if self.cells else None
        if last and last.cell_type == "markdown" and not markdown.startswith("#"):
            last.source += "\n\n" + markdown
        else:
            self.cells.append(new_markdown_cell(markdown))

    def code(self, cell: Cell, tags: list[str]) -> None:
        if cell.removed:
            return
        metadata: dict = {"tags": tags} if tags else {}
        if "hide-input" in cell.tags:
            metadata["jupyter"] = {"source_hidden": True}
        self.cells.append(new_code_cell(cell.source, metadata=metadata))
        if cell.figure:
            name = self.names[cell.figure["name"]]
            caption = self.words(cell.figure["caption"], cell.line)
            self.add(f"**{name}.** {caption}")

    def exercise(self, exercise: Exercise) -> None:
        name = self.names[exercise.label]
        title = self.words(exercise.start.argument, exercise.start.line)
        self.add(f"### {name}: {title}")
        for block in exercise.question:
            self.add(self.block(block))
        if self.solutions:
            self.add("**Solution.**")
            for block in exercise.solution:
                if isinstance(block, Cell):
                    self.code(block, [])
                else:
                    self.add(self.block(block))
        elif exercise.stub:
            self.code(exercise.stub, [])
        if exercise.check:
            self.code(exercise.check, [] if self.solutions else ["raises-exception"])
        if not self.solutions:
            where = f"the page “{self.chapter.title}”, below {name}"
            page = self.course.link(where, self.document, exercise.label)
            self.add(f"Solution: on {page}.")

    def notebook(self) -> NotebookNode:
        edition = "instructor" if self.solutions else "student"
        course = self.course
        page = course.link(self.chapter.title, self.document)
        self.add(
            f"*Exported from the chapter “{page}” ({self.document}.md) of "
            f"{course.title}, version {course.version}: {edition} edition.*"
        )
        wheel = f"vaecourse-{course.version}-py3-none-any.whl"
        self.cells.append(new_code_cell(INSTALL.format(wheel=wheel)))
        for block in self.chapter.body:
            if isinstance(block, Exercise):
                self.exercise(block)
            elif isinstance(block, Cell):
                keep = [tag for tag in block.tags if tag == "raises-exception"]
                self.code(block, keep)
            else:
                self.add(self.block(block))
        if self.cited:
            works = [f"- {course.works.full(key)}" for key in sorted(self.cited)]
            self.add("## References\n\n" + "\n".join(works))
        for i, cell in enumerate(self.cells):
            cell.id = f"cell-{i:03d}"
        return new_notebook(
            cells=self.cells,
            metadata={
                "kernelspec": {
                    "display_name": "Python 3",
                    "language": "python",
                    "name": "python3",
                },
                "language_info": {"name": "python"},
            },
        )


def to_notebook(path: Path, course: Course, *, solutions: bool) -> NotebookNode:
    """Return a chapter as a plain notebook without outputs.

    Parameters
    ----------
    path : Path
        The chapter's source.
    course : Course
    solutions : bool
        True for the instructor edition, which has no stubs; False for the student
        edition, where each solution is replaced by a link to the chapter's page.

    Raises
    ------
    ChapterError
        When the source holds something that the house form does not know.
    NotExecutedError
        When the chapter has not been executed as it stands.
    """
    return _Converter(read_strictly(path), course, solutions).notebook()
