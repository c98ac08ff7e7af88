"""The Makefile: its help is complete, its recipes name what exists, serve serves."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

TARGETS = {
    *("help", "book", "test", "check", "lab"),
    *("serve", "notebooks", "seeds", "clean"),
}

pytestmark = pytest.mark.skipif(
    not shutil.which("make"), reason="make is not installed"
)


def make(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
    )


def test_make_alone_lists_every_target(root):
    listed = re.findall(r"^ *make (\w+) +\S", make(root).stdout, re.MULTILINE)
    assert sorted(listed) == sorted(TARGETS)
    phony = re.search(r"^\.PHONY: (.*)$", (root / "Makefile").read_text("utf8"), re.M)
    assert set(phony[1].split()) == TARGETS


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_recipes_name_files_that_exist(root, target):
    planned = make(root, "--dry-run", target, "VENV=an env")
    assert planned.returncode == 0, planned.stderr
    for name in re.findall(r"tools/[\w/.]+", planned.stdout):
        assert (root / name).exists(), f"make {target} names {name}"
    assert "an env/bin" not in planned.stdout.replace('"an env/bin', "")


def test_missing_python_is_one_line(root):
    result = make(root, "book", "PYTHON=no-such-python")
    assert result.returncode != 0
    assert result.stderr.splitlines()[0] == (
        "no-such-python was not found: install Python 3.11, 3.12 or 3.13"
    )


def test_clean_removes_what_was_built_and_nothing_else(root, tmp_path):
    shutil.copy(root / "Makefile", tmp_path)
    for name in ("_build/html", ".venv/bin", "notebooks"):
        (tmp_path / name).mkdir(parents=True)
    assert make(tmp_path, "clean").returncode == 0
    assert {p.name for p in tmp_path.iterdir()} == {"Makefile", ".venv", "notebooks"}


@pytest.fixture
def served(root, tmp_path) -> Path:
    """The server's script in a project of its own."""
    (tmp_path / "tools").mkdir()
    return Path(shutil.copy(root / "tools" / "serve.py", tmp_path / "tools"))


def test_serve_without_a_site(served):
    result = subprocess.run([sys.executable, served], capture_output=True, text=True)
    assert result.returncode == 1
    assert "run 'make book' first" in result.stderr


def test_serve(served):
    site = served.parents[1] / "_build" / "html"
    site.mkdir(parents=True)
    (site / "index.html").write_text("the first page", "utf8")
    command = [sys.executable, str(served), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = re.search(r"http://127\.0\.0\.1:\d+/", server.stdout.readline())[
                0
            ]
            with urlopen(address) as answer:
                assert answer.read() == b"the first page"
        finally:
            server.terminate()


def test_serve_on_a_taken_port(served):
    site = served.parents[1] / "_build" / "html"
    site.mkdir(parents=True)
    (site / "index.html").touch()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        command = [sys.executable, served, "--port", str(port)]
        result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1
    assert f"port {port} cannot be used" in result.stderr
