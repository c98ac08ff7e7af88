"""Read the source of a chapter, and refuse what the house form does not know.

A chapter is Markdown in a strict form: fixed front matter, code cells, colon fences,
and closed lists of tags, directives and roles (CONTRIBUTING.md, rules 4, 20, 34, 39).
The rules (`check_chapters.py`) and the exporter (`make_notebooks.py`) both stand on
what `read` returns, so a page that one of them understands, the other does too.
"""

from chapter.reader import read, read_strictly

__all__ = ["read", "read_strictly"]
