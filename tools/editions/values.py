"""The values that an executed chapter glued."""

from __future__ import annotations

import sys
from pathlib import Path

from chapter.form import ChapterError
from jupyter_cache import get_cache
from myst_nb.core.read import read_myst_markdown_notebook
from myst_nb.core.variables import format_plain_text
from myst_parser.config.main import MdParserConfig

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "book" / "_ext"))
import nbdeps  # noqa: F401  (puts the library's files into the cache's key)


class NotExecutedError(ChapterError):
    """A chapter whose present cells have not been executed."""


def glued_values(path: Path, cache: Path) -> dict[str, str]:
    """Return what a chapter glued, name by name, as plain text.

    The executed chapter is looked up by the same key as the build's: its cells, the
    library files that they import and the pins. So a value is never an old one.

    Raises
    ------
    NotExecutedError
        When the chapter as it stands has not been executed.
    """
    config = MdParserConfig(enable_extensions={"colon_fence", "dollarmath"})
    text = Path(path).read_text("utf8")
    nb = read_myst_markdown_notebook(text, config=config, path=str(path))
    try:
        if not Path(cache).is_dir():
            raise KeyError
        store = get_cache(cache)
        record = store.match_cache_notebook(nb)
        executed = store.get_cache_bundle(record.pk).nb
    except KeyError:
        name = "/".join(Path(path).parts[-2:])
        message = f"{name} has not been executed as it stands: run 'make book' first"
        raise NotExecutedError(message) from None
    values = {}
    for cell in executed.cells:
        for output in cell.get("outputs", []):
            mark = output.get("metadata", {}).get("scrapbook")
            if mark:
                key = mark["mime_prefix"] + "text/plain"
                values[mark["name"]] = output["data"].get(key, "")
    return values


def format_value(plain: str, form: str) -> str:
    """Format a glued value as the page does: `form` is that of `{glue:text}`."""
    try:
        return format_plain_text(plain, form or "s")
    except ValueError:
        message = f"cannot format {plain!r} as {form!r}: glue float(...) or a string"
        raise ChapterError(message) from None
