"""`make seeds`: every chapter with other seeds, and the claims that held."""

from __future__ import annotations

import pytest
from conftest import ONE, TWO

LUCKY = (
    ONE
    + """
```{code-cell} ipython3
:tags: [check]

assert SEED < 2, "only a lucky seed"
```
"""
)
DIES = """\
# Dies

```{code-cell} ipython3
SEED = 0
```

```{code-cell} ipython3
:tags: [test]

assert SEED >= 0
```

```{code-cell} ipython3
import os

os._exit(SEED)
```

```{code-cell} ipython3
:tags: [test]

assert SEED >= 0
```
"""


def test_claims_that_hold_for_some_seeds(tiny_book):
    tiny_book.chapters(one=ONE, lucky=LUCKY, dies=DIES)
    result = tiny_book.run("tools/seeds.py", "1", "2", "1")
    assert result.returncode == 1, result.stderr
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["seed", "1", "2"] in rows
    assert ["notebooks/one.md", "1/1", "1/1"] in rows
    assert ["notebooks/lucky.md", "2/2", "1/2"] in rows
    assert ["notebooks/dies.md", "1/2", "1/2"] in rows
    failed = [line for line in result.stdout.splitlines() if line.startswith("FAILED")]
    line = (tiny_book.root / "notebooks" / "lucky.md").read_text("utf8").splitlines()
    number = line.index('assert SEED < 2, "only a lucky seed"') + 1
    assert (
        f"FAILED notebooks/lucky.md, SEED = 2, cell 4 (line {number}): "
        "AssertionError: only a lucky seed"
    ) in failed
    assert len(failed) == 3  # dies.md with each seed, lucky.md with one
    assert not (tiny_book.root / "_build" / ".jupyter_cache").exists()


def test_all_claims_hold(tiny_book):
    tiny_book.chapters(one=ONE)
    result = tiny_book.run("tools/seeds.py", "0", "7")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "FAILED" not in result.stdout
    assert ["notebooks/one.md", "1/1", "1/1"] == result.stdout.split()[-3:]


@pytest.mark.parametrize("line", ["", "SEED = 0\nSEED = 0"])
def test_chapter_without_its_one_seed_line(tiny_book, line):
    tiny_book.chapters(one=ONE, two=TWO.replace("import tinylib.other", line))
    result = tiny_book.run("tools/seeds.py", "1")
    assert result.returncode == 1
    count = line.count("SEED = 0")
    assert f"notebooks/two.md has {count} lines 'SEED = 0'" in result.stderr
