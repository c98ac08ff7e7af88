r"""Rule 24: no measured number is typed in prose.

A typed number cannot be told from a measured one by machine, so the rule looks at the
words around it. In prose, captions and alt texts it refuses

- a decimal (0.97), a percentage (37%, 37 percent) or a factor (2x), wherever it stands,
  in a formula or in code too if that is all there is to it (`0.97`, $\approx 0.97$);
- a whole number before a unit of measurement (12 nats, 2 seconds);
- a whole number at most three words from a word of results (reaches 97, error of 4),
  unless a thing that is counted or chosen follows it (64 pixels, 8 digits); not in
  alt texts, which may read an axis to those who do not see it.

It lets through years, shapes (8x8), dimensions (2-D), settings (learning rate of 0.01),
versions and references. A number that is right and still refused, such as one that is
printed in a paper, is allowed by a comment above its paragraph, figure or equation:

    % R24: 89.9, 89.78: printed in the paper cited here
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chapter.form import (
    Block,
    Cell,
    Chapter,
    Comment,
    Directive,
    Heading,
    Problem,
    Text,
    spans,
)

from chapter_rules.base import Project, rule
from chapter_rules.exercises import EFFORT
from chapter_rules.shape import MINUTES

NEAR = 3  # words
UNITS = set(
    "nats nat bits bit seconds second milliseconds ms minutes minute hours hour "
    "degrees percent per cent points".split()
)
RESULTS = set(
    """error errors loss losses accuracy score auc elbo bound likelihood kl variance
    deviation average mean median gap ratio distance angle angles rank spread rmse
    mse reach reaches reached take takes took need needs needed drop drops dropped
    fall falls fell rise rises rose grow grows grew shrink shrinks converge
    converges converged achieve achieves get gets got give gives gave gain gains
    cost costs save saves beat beats score scores measure measured lower higher
    faster slower better worse smaller larger less more fewer times about around
    roughly approximately nearly almost only over under below above""".split()
)
COUNTED = set(
    """pixels numbers dimensions images digits classes class examples points samples
    draws seeds rows columns features measurements units layers parameters weights
    components directions values levels lines counts writers people cells coordinates
    axes exercises chapters runs settings copies training validation test hidden
    handwritten different principal latent real grey gray intensity code""".split()
)
REFERRING = set(
    """python pytorch torch numpy matplotlib scikit-learn jupyter version section sec
    fig figure table chapter eq equation page pages theorem part
    step exercise""".split()
)
SETTING = re.compile(
    r"\b(learning rate|step size|momentum|tolerance|threshold|temperature)"
    r"( of| is| at| =)?$",
    re.I,
)
ALLOWANCE = re.compile(r"R24: ([^:]*): *(\S.*)")

_AMOUNT = r"[-+\u2212~\u2248<>\u00b1]?(?:\d{1,3}(?:,\d{3})+|\d+)"
NUMBER = re.compile(
    rf"(?P<whole>{_AMOUNT})(?P<decimal>\.\d+)?(?P<power>e[-+\u2212]?\d+)?"
    r"(?P<unit>%|x|\u00d7|-fold|\u00b0|s|ms|nats|bits|k|M|GB|MB|kB)?",
)


def _words(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield each word of a text: its place, itself bare, whether a sentence ends."""
    plain = list(text)
    end = len(text)
    for span in reversed(list(spans(text))):
        if span.kind != "text":
            shown = _lone_number(span.text) if span.kind in ("math", "code") else ""
            if span.role == "term":
                shown = span.text.partition("<")[0].strip()
            shown = (shown or "X")[: end - span.start].ljust(end - span.start)
            tail = text[span.start : end]
            keep = [c if c == "\n" else s for c, s in zip(tail, shown, strict=True)]
            plain[span.start : end] = keep
        end = span.start
    flat = "".join(plain)
    flat = re.sub(r"(?<=\])\([^)]*\)|<https?:[^>]*>", lambda m: " " * len(m[0]), flat)
    flat = re.sub(r"^( *)(\d+)\. ", lambda m: " " * len(m[0]), flat, flags=re.M)
    flat = re.sub(r"[\u2013\u2014|]", " ", flat)
    for m in re.finditer(r"\S+", flat):
        bare = m[0].strip("([{*_\"')]}.,;:!?\u2018\u2019\u201c\u201d")
        yield m.start(), bare, bool(re.search(r"[.!?][)\"'*_\u2019\u201d]*$", m[0]))


def _lone_number(tex: str) -> str:
    r"""Return the number that is all of a formula or code: 0.3 of `\approx 0.3`."""
    tex = re.sub(r"\\%", "%", tex)
    tex = re.sub(r"\\(approx|sim|pm|leq?|geq?|[,;! ])|[~<>{}$]", " ", tex)
    tex = re.sub(r"\\times *10\^ *(-?\d+)", r"e\1", tex.replace(" ", ""))
    return tex if NUMBER.fullmatch(tex) else ""


def typed_numbers(text: str, whole: bool = True) -> Iterator[tuple[int, str, str]]:
    """Yield each number that looks measured: its place, itself, the word beside it.

    With ``whole=False``, whole numbers pass that have no unit of measurement.
    """
    words = list(_words(text))
    for i, (place, word, _) in enumerate(words):
        parts = word.split("-") if re.fullmatch(r"[\d.]+-[\d.]+%?", word) else [word]
        for part in parts:
            m = NUMBER.fullmatch(part)
            if m:
                before, after = _sentence(words, i)
                beside = _beside(m, before, after, whole)
                if beside:
                    yield place, part, beside


def _sentence(words: list, i: int) -> tuple[list[str], list[str]]:
    """Return the words before and after the i-th in its sentence, lower case."""
    start = i
    while start and not words[start - 1][2]:
        start -= 1
    stop = i
    while stop < len(words) - 1 and not words[stop][2]:
        stop += 1
    lower = [w.lower() for _, w, _ in words]
    return lower[start:i], lower[i + 1 : stop + 1]


def _beside(m: re.Match, before: list[str], after: list[str], whole: bool) -> str:
    """Return the word that makes a number look measured, or nothing."""
    following = after[0] if after else ""
    if before and before[-1] in REFERRING:
        return ""
    if m["unit"]:
        return m["unit"]
    if m["decimal"] or m["power"]:
        if SETTING.search(" ".join(before[-3:])):
            return ""
        near = [w for w in [*before[::-1][:NEAR], *after[:NEAR]] if w in RESULTS]
        return following if following in UNITS else (near or ["a decimal"])[0]
    if following in UNITS:
        return following
    year = re.fullmatch(r"1[5-9]\d\d|20\d\d", m["whole"])
    if not whole or year or COUNTED & set(after[:2]) or before[-1:] == ["="]:
        return ""
    near = [w for w in [*before[::-1][:NEAR], *after[:NEAR]] if w in RESULTS]
    return near[0] if near else ""


def _texts(block: Block) -> Iterator[tuple[int, str, bool]]:
    """Yield the texts of a block: line, text, and whether whole numbers count."""
    if isinstance(block, Text):
        text = MINUTES.sub("", block.text)
        yield block.line, EFFORT.sub("", text), True
    elif isinstance(block, Heading):
        yield block.line, block.text, True
    elif isinstance(block, Cell):
        yield block.line, block.figure.get("caption", ""), True
        yield block.line, block.image.get("alt", ""), False
    elif isinstance(block, Directive):
        yield block.line, block.options.get("alt", ""), False
        for inner in block.body:
            yield from _texts(inner)


def _allowed(comment: Comment) -> tuple[set[str], str]:
    """Return the numbers that a comment allows, and what is wrong with it."""
    m = ALLOWANCE.fullmatch(comment.text)
    if m is None:
        return set(), "an allowance is written '% R24: <numbers>: <reason>'"
    return {n.strip() for n in re.split(r", ", m[1])}, ""


@rule
def r24_typed_numbers(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R24: measured numbers are glued."""
    allowed: set[str] = set()
    comment: Comment | None = None
    for block in chapter.blocks:
        if isinstance(block, Comment):
            if block.text.startswith("R24"):
                comment = block
                allowed, wrong = _allowed(block)
                if wrong:
                    yield Problem(block.line, "R24", wrong)
            continue
        unused = set(allowed)
        for line, text, whole in _texts(block):
            for place, number, beside in typed_numbers(text, whole):
                unused.discard(number)
                if number not in allowed:
                    at = line + text.count("\n", 0, place)
                    message = f'typed number "{number}" next to "{beside}"; glue it'
                    yield Problem(at, "R24", message)
        for number in sorted(unused):
            message = f'"{number}" is allowed, but not in what stands below'
            yield Problem(comment.line, "R24", message)
        allowed = set()
