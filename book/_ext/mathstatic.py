"""Formulas drawn while the book is built: pages need no script, and typos are errors.

KaTeX (MIT, vendored in the folder that ``katex_dir`` names) runs inside the build in
QuickJS.  Each formula becomes HTML with MathML for screen readers.  TeX that KaTeX
cannot read is a Sphinx warning with file and line, so it fails a build with ``-W``.
No macros: formulas must look the same in Jupyter and Colab.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import quickjs
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

RENDER = """(tex, display) => {
  try { return JSON.stringify({html: katex.renderToString(tex, {displayMode: display,
    throwOnError: true, strict: "ignore", trust: false})}) }
  catch (error) { return JSON.stringify({error: error.message}) }
}"""

# KaTeX's faces and how CSS names them.  Fonts travel inside style sheets, so that no
# formula moves when its font arrives: these on every page with a formula ...
ALWAYS = {
    "Main-Regular": "1em KaTeX_Main",
    "Math-Italic": "italic 1em KaTeX_Math",
    "Size1-Regular": "1em KaTeX_Size1",
    "Size2-Regular": "1em KaTeX_Size2",
    "Size3-Regular": "1em KaTeX_Size3",
    "Size4-Regular": "1em KaTeX_Size4",
}
# ... these where a formula has one of the classes.  The rest (Fraktur, bold sans serif)
# are files that a browser fetches when it meets them.
SOMETIMES = {
    "AMS-Regular": ("1em KaTeX_AMS", "mathbb|textbb|amsrm"),
    "Caligraphic-Regular": ("1em KaTeX_Caligraphic", "mathcal"),
    "Main-Bold": ("bold 1em KaTeX_Main", "mathbf|textbf"),
    "Main-Italic": ("italic 1em KaTeX_Main", "mathit|textit"),
    "Math-BoldItalic": ("italic bold 1em KaTeX_Math", "boldsymbol"),
    "SansSerif-Regular": ("1em KaTeX_SansSerif", "mathsf|textsf"),
    "Script-Regular": ("1em KaTeX_Script", "mathscr"),
    "Typewriter-Regular": ("1em KaTeX_Typewriter", "mathtt|texttt"),
}
SHORT = 32  # characters of TeX up to which a formula stays on one line
MARK = re.compile(r"[.,;:!?)\]\u2019\u201d-]+")  # with the closing quotation marks


class TexError(ValueError):
    """TeX that KaTeX cannot read."""


@cache
def _engine(folder: Path) -> Any:
    context = quickjs.Context()
    context.eval((folder / "katex.min.js").read_text("utf8"))
    return context.eval(RENDER)


@cache
def render(tex: str, display: bool, folder: Path) -> str:
    r"""Return a formula as HTML.

    Parameters
    ----------
    tex
        The formula without its dollars, such as ``\mu + \sigma``.
    display
        Whether it stands in a line of its own.
    folder
        Where ``katex.min.js`` is.

    Raises
    ------
    TexError
        With KaTeX's message, when it cannot read the formula.
    """
    answer = json.loads(_engine(folder)(tex, display))
    if "error" in answer:
        message = answer["error"].replace("\u0332", "")  # marks the spot by underlining
        raise TexError(message.removeprefix("KaTeX parse error: "))
    return _shorter(answer["html"])


def _shorter(html: str) -> str:
    """Leave out what neither browser nor screen reader needs: namespace and TeX."""
    html = html.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")
    return re.sub(
        r"<semantics>(.*?)<annotation.*?</annotation></semantics>", r"\1", html
    )


def _html(translator: HTML5Translator, node: nodes.Element, display: bool) -> str:
    config = translator.builder.app.config
    folder = Path(translator.builder.app.srcdir, config.katex_dir)
    tex = node.astext().strip()
    try:
        return render(tex, display, folder)
    except TexError as problem:
        logger.warning("TeX: %s", problem, location=node, type="math", subtype="tex")
        return f'<code class="math-error">{translator.encode(tex)}</code>'


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula that stands in a line of text."""
    short = " nobr" if len(node.astext()) <= SHORT else ""
    tag = self.starttag(node, "span", "", CLASS=f"math notranslate{short}")
    self.body.append(tag + _html(self, node, display=False) + "</span>")
    raise nodes.SkipNode


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula, with its number when it has a label."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate"))
    if node["number"]:
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(_html(self, node, display=True) + "</div>\n")
    raise nodes.SkipNode


def keep_punctuation(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Allow no line break between a short formula and the comma that follows it."""
    for formula in list(doctree.findall(nodes.math)):
        text = formula.next_node(descend=False, siblings=True)
        mark = MARK.match(text) if type(text) is nodes.Text else None
        if mark and len(formula.astext()) <= SHORT:
            parent = formula.parent
            # by identity: equal texts may stand elsewhere in the paragraph
            place = next(i for i, child in enumerate(parent) if child is formula)
            kept = nodes.inline("", "", formula, nodes.Text(mark[0]), classes=["nobr"])
            parent[place : place + 2] = [kept, nodes.Text(text[mark.end() :])]


def stylesheets(folder: Path) -> dict[str, str]:
    """Return KaTeX's style sheet and one for each face that only some pages need."""
    css = (folder / "katex.min.css").read_text("utf8")
    css = re.sub(r',url\([^)]*\) format\("(?:woff|truetype)"\)', "", css)

    def embedded(rule: str, face: str) -> str:
        font = (folder / "fonts" / f"KaTeX_{face}.woff2").read_bytes()
        data = f"data:font/woff2;base64,{base64.b64encode(font).decode()}"
        return rule.replace(f"fonts/KaTeX_{face}.woff2", data)

    sheets = {}
    for rule in re.findall(r"@font-face\{[^}]*\}", css):
        face = re.search(r"KaTeX_([\w-]+)\.woff2", rule)[1]
        if face in ALWAYS:
            css = css.replace(rule, embedded(rule, face))
        elif face in SOMETIMES:
            sheets[f"{face}.css"] = embedded(rule, face)
    return {"katex.css": css, **sheets}


def link_stylesheets(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Load KaTeX's style sheet, and the faces they use, on pages that show formulas."""
    body = context.get("body") or ""
    if 'class="katex' not in body:
        return
    context["formula_fonts"] = list(ALWAYS.values())
    app.add_css_file("katex/katex.css")
    for face, (font, classes) in SOMETIMES.items():
        if re.search(rf'class="[^"]*\b(?:{classes})\b', body):
            context["formula_fonts"].append(font)
            app.add_css_file(f"katex/{face}.css")


def write_assets(app: Sphinx) -> None:
    """Put the style sheets, and the fonts that are not inside them, into the site."""
    if app.builder.format != "html":
        return
    folder = Path(app.srcdir, app.config.katex_dir)
    target = Path(app.outdir, "_static", "katex")
    (target / "fonts").mkdir(parents=True, exist_ok=True)
    for name, text in stylesheets(folder).items():
        (target / name).write_text(text, "utf8")
    for font in (folder / "fonts").glob("*.woff2"):
        if font.stem.removeprefix("KaTeX_") not in ALWAYS:
            shutil.copy(font, target / "fonts")


def use_katex(app: Sphinx, config: Config) -> None:
    """Choose this renderer over the MathJax that Jupyter Book sets."""
    config.html_math_renderer = "katex"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer."""
    app.add_config_value("katex_dir", "book/_vendor/katex", "env", str)
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_display, None))
    app.connect("config-inited", use_katex)
    app.connect("builder-inited", write_assets)
    app.connect("doctree-resolved", keep_punctuation)
    app.connect("html-page-context", link_stylesheets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
