"""Formulas drawn at build time."""

from __future__ import annotations

import re
from pathlib import Path

import mathstatic
import pytest
from conftest import sphinx_build

KATEX = Path(__file__).parents[1] / "book" / "_vendor" / "katex"


def build(folder: Path, text: str) -> tuple[str, str]:
    """Build one page and return its HTML and the warnings."""
    (folder / "index.md").write_text(text, "utf8")
    settings = {
        "extensions": ["myst_parser", "mathstatic"],
        "myst_enable_extensions": ["dollarmath"],
        "katex_dir": str(KATEX),
        "html_theme": "basic",
    }
    warnings = sphinx_build(folder, settings)
    page = (folder / "out" / "index.html").read_text("utf8")
    return page, warnings


def test_a_formula_is_drawn_and_readable_aloud():
    html = mathstatic.render(r"\lVert x - \hat{x} \rVert^2", False, KATEX)
    assert "<math>" in html and "<msup>" in html
    assert 'class="katex-html" aria-hidden="true"' in html
    assert r"\hat" not in html


def test_display_differs_from_inline():
    inline, display = (
        mathstatic.render(r"\sum_i x_i", d, KATEX) for d in (False, True)
    )
    assert "katex-display" in display and "katex-display" not in inline


@pytest.mark.parametrize("tex", [r"\undefinedmacro", r"\frac{1}{2", "a & b", r"x^2^3"])
def test_wrong_tex_is_an_error(tex):
    with pytest.raises(mathstatic.TexError):
        mathstatic.render(tex, True, KATEX)


def test_wrong_tex_is_a_warning_with_file_and_line(tmp_path):
    text = "# Title\n\nFine: $x^2$.\n\n$$\n\\nonsense{x}\n$$\n\nText with $\\wrong$.\n"
    page, warnings = build(tmp_path, text)
    assert re.search(r"index\.md:5: WARNING: TeX: .*\\nonsense", warnings)
    assert re.search(r"index\.md:9: WARNING: TeX: .*\\wrong", warnings)
    assert warnings.count("WARNING") == 2
    assert '<code class="math-error">\\wrong</code>' in page


def test_numbers_and_references(tmp_path):
    text = "# Title\n\n$$\na = b\n$$ (eq-one)\n\nSee {eq}`eq-one`.\n"
    page, warnings = build(tmp_path, text)
    assert warnings == ""
    assert '<span class="eqno">(1)' in page
    assert 'href="#equation-eq-one">(1)</a>' in page


def test_punctuation_stays_with_its_own_formula(tmp_path):
    text = "# Title\n\nFirst {ref}`x <t>`. Then $d$. Last.\n\n(t)=\n## There\n"
    page, _ = build(tmp_path, text)
    plain = re.sub(r"<math>.*?</math>|<[^>]*>", "", page)
    assert re.search(r"First x\. Then d\. Last\.", plain)
    assert re.search(
        r'<span class="nobr"><span class="math.*?</span>\.</span> Last', page
    )


def test_pages_load_the_faces_that_they_use(tmp_path):
    page, _ = build(tmp_path, "# Title\n\n$x$ and $\\mathbb{R}$.\n")
    assert "katex/katex.css" in page and "katex/AMS-Regular.css" in page
    assert "Main-Bold.css" not in page
    page, _ = build(tmp_path, "# Title\n\nNo formula.\n")
    assert "katex" not in page


def test_style_sheets_need_no_file_for_the_usual_faces():
    sheets = mathstatic.stylesheets(KATEX)
    assert set(sheets) == {
        "katex.css",
        *(f"{face}.css" for face in mathstatic.SOMETIMES),
    }
    for face in mathstatic.ALWAYS:
        assert f"KaTeX_{face}." not in sheets["katex.css"]
    left = re.findall(r"url\((?!data:)([^)]*)\)", "".join(sheets.values()))
    assert left and all((KATEX / file).is_file() for file in left)
