# ruff: noqa: RUF001 (the characters are meant)
"""Make the course's fonts from Adobe's: fewer characters, another name.

    python subset.py FOLDER

FOLDER holds the npm packages ``source-serif`` and ``source-code-pro``.  Needs fonttools
and brotli.  The licence reserves the name Source for unchanged fonts.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

SERIF = "source-serif/TTF/SourceSerif4-{}.ttf"
CODE = "source-code-pro/TTF/SourceCodePro-{}.ttf"
FACES = {
    "serif-regular": (SERIF, "Regular"),
    "serif-italic": (SERIF, "It"),
    "serif-semibold": (SERIF, "Semibold"),
    "code-regular": (CODE, "Regular"),
    "code-semibold": (CODE, "Semibold"),
}
LATIN = [*range(0x20, 0x7F), *range(0xA0, 0x100)]
PROSE = "ıŁłŒœŠšŽžČčĆćŐőŚśĞğ–—‘’‚“”„†‡•…‰′″‹›€™←↑→↓−∞≈≠≤≥×√∂∑·"
GREEK = "ΓΔΘΛΞΠΣΦΨΩαβγδεζηθκλμνξπρστφχψω"
BOXES = "│─├└█▏▎▍▌▋▊▉✓"
FEATURES = ["kern", "liga", "mark", "mkmk", "ccmp", "locl", "tnum", "lnum", "calt"]


def make(source: Path, target: Path, characters: list[int], family: str) -> None:
    """Write the characters of one font as woff2 under the family's name."""
    options = subset.Options(flavor="woff2", hinting=False)
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
    options.layout_features = FEATURES
    font = TTFont(source)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 4, 6):
            record.string = family.replace(" ", "" if record.nameID == 6 else " ")
    subset.save_font(font, target, options)
    print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    packages = Path(sys.argv[1])
    for name, (pattern, face) in FACES.items():
        serif = name.startswith("serif")
        extra = PROSE + GREEK + ("" if serif else BOXES)
        make(
            packages / pattern.format(face),
            Path(__file__).with_name(f"{name}.woff2"),
            LATIN + [ord(c) for c in extra],
            "Course Serif" if serif else "Course Code",
        )
