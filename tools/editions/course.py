"""The course around a chapter, as far as its notebooks need it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from chapter import read_strictly

from editions.references import Works, numbered
from editions.values import glued_values


@dataclass
class Course:
    """What the notebooks take from the course around a chapter.

    `site` is the address of the published book, with a slash at its end, or empty;
    `cache` the folder of executed chapters.
    """

    root: Path
    title: str
    version: str
    site: str = ""
    cache: Path = field(default=Path())

    def __post_init__(self) -> None:
        """Note where every label stands."""
        self.works = Works(self.root / "book" / "references.bib")
        self.labels: dict[str, tuple[str, str]] = {}
        self.values: dict[Path, dict[str, str]] = {}
        for path in sorted(self.root.glob("notebooks/[0-9]*.md")):
            for label, name in numbered(read_strictly(path)).items():
                self.labels[label] = (name, f"notebooks/{path.stem}")

    def glued(self, path: Path) -> dict[str, str]:
        """Return what a chapter glued; it is looked up once."""
        if path not in self.values:
            self.values[path] = glued_values(path, self.cache)
        return self.values[path]

    def link(self, text: str, document: str, anchor: str = "") -> str:
        """Return a link to a page, or its text where the site has no address."""
        if not self.site:
            return text
        return f"[{text}]({self.site}{document}.html{anchor and '#' + anchor})"
