"""Let the cache of executed chapters notice what a chapter depends on.

The key of an execution is, by itself, a hash of the chapter's code cells and kernel. A
change in the library would leave old numbers on the page. This module adds to the key

* every Python file under `src/` that the cells import, directly or through other files;
* every other file under `src/` (style sheets, tables), the pins, and `results/`.

Import it and the key is extended: the Sphinx build lists it as an extension, the tools
import it. It also sets the environment in which chapters run, so that both agree.
"""

from __future__ import annotations

import ast
import hashlib
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.core.inputtransformer2 import TransformerManager
from jupyter_cache.cache.main import JupyterCacheBase
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docutils import nodes
    from nbformat import NotebookNode
    from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
PINS = ("requirements.txt", "constraints.txt")
# Where one of these occurs, what is imported cannot be read off the code.
DYNAMIC = {"__import__", "exec", "eval", "importlib", "runpy"}
MAGICS = {"run_cell_magic", "run_line_magic"}
ENVIRONMENT = {
    # One kernel uses one thread: chapters run beside each other, numbers repeat.
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "VAECOURSE_PROGRESS": "0",
    # Settings and start-up files of the person who builds stay out of the book.
    "IPYTHONDIR": str(ROOT / "_build" / "ipython"),
    "MPLCONFIGDIR": str(ROOT / "_build" / "matplotlib"),
    "JUPYTER_PREFER_ENV_PATH": "1",
}


def imported_names(tree: ast.AST, package: str = "") -> set[str] | None:
    """Return the dotted names that a syntax tree imports, or None if code decides.

    Parameters
    ----------
    tree : ast.AST
        What `ast.parse` returned.
    package : str
        The package that relative imports start from.
    """
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: package.count(".") + 2 - node.level]
                base = ".".join([*above, base]).rstrip(".")
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
            if any(alias.name == "*" for alias in node.names):
                return None
        elif isinstance(node, ast.Name) and node.id in DYNAMIC:
            return None
        elif isinstance(node, ast.Attribute) and node.attr in MAGICS:
            return None
    return None if names & DYNAMIC else names


def files_of(module: str) -> set[Path]:
    """Return the files under `src/` that `import module` runs, its parents included."""
    parts, found = module.split("."), set()
    for i in range(1, len(parts) + 1):
        base = SRC.joinpath(*parts[:i])
        candidates = (base / "__init__.py", base.with_suffix(".py"))
        found |= {path for path in candidates if path.is_file()}
    return found


@cache
def _imports_of(path: Path, changed: int) -> set[str] | None:
    package = ".".join(path.relative_to(SRC).parts[:-1])
    return imported_names(ast.parse(path.read_text("utf8")), package)


@cache
def _imports_in(cells: tuple[str, ...]) -> set[str] | None:
    transform = TransformerManager().transform_cell
    return imported_names(ast.parse("\n".join(map(transform, cells))))


def library_files(sources: Iterable[str]) -> set[Path]:
    """Return the Python files under `src/` that code cells depend on.

    Where what is imported cannot be read off the code (a star, `importlib`, a magic,
    code that does not parse), all of them.
    """
    found: set[Path] = set()
    try:
        todo = _imports_in(tuple(sources))
        while todo:
            new = set().union(*map(files_of, todo)) - found
            found |= new
            lists = [_imports_of(path, path.stat().st_mtime_ns) for path in new]
            todo = None if None in lists else set().union(*lists)
    except SyntaxError:
        todo = None
    return set(SRC.rglob("*.py")) if todo is None else found


def dependencies(notebook: NotebookNode) -> list[Path]:
    """Return every file outside a chapter on which its execution depends, sorted."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    shared = {ROOT / name for name in PINS}
    for folder in (SRC, ROOT / "results"):
        shared |= {path for path in folder.rglob("*") if _is_data(path)}
    return sorted(library_files(cells) | {path for path in shared if path.is_file()})


def _is_data(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    generated = any(p == "__pycache__" or p.endswith(".egg-info") for p in parts)
    return path.suffix != ".py" and not generated


def fingerprint(notebook: NotebookNode) -> str:
    """Return a hash of the names and contents of all `dependencies`."""
    digest = hashlib.sha256()
    for path in dependencies(notebook):
        name = path.relative_to(ROOT).as_posix()
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{name} {content}\n".encode())
    return digest.hexdigest()


def _extend_cache_key() -> None:
    original = JupyterCacheBase.create_hashed_notebook
    if getattr(original, "extended", False):
        return

    def create_hashed_notebook(self, nb, *args, **kwargs):
        slim, key = original(self, nb, *args, **kwargs)
        whole = f"{key}:{fingerprint(nb)}"
        return slim, hashlib.md5(whole.encode(), usedforsecurity=False).hexdigest()

    create_hashed_notebook.extended = True
    JupyterCacheBase.create_hashed_notebook = create_hashed_notebook


def _note_dependencies(app: Sphinx, doctree: nodes.document) -> None:
    """Have Sphinx read a page again when a file changes that its cells depend on."""
    path = Path(app.env.doc2path(app.env.docname))
    text = path.read_text("utf8")
    if path.suffix == ".md" and is_myst_markdown_notebook(text):
        config = app.env.myst_config
        notebook = read_myst_markdown_notebook(text, config=config, path=path)
        for dependency in dependencies(notebook):
            app.env.note_dependency(str(dependency))


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the extension to Sphinx."""
    app.connect("doctree-read", _note_dependencies)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


os.environ.update(ENVIRONMENT)
_extend_cache_key()
