"""Writes what a terminal showed as a picture: … | python docs/terminal_svg.py TITLE LINES FILE.svg

The picture names no font of another site: it is shown with the reader's own.
"""

from __future__ import annotations

import re
import sys
from io import StringIO
from pathlib import Path

WIDTH = 100


def main(title: str, lines: int, picture: Path) -> None:
    from rich.console import Console
    from rich.text import Text

    shown = sys.stdin.read().replace("\r", "").splitlines()
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi("\n".join([*shown[:lines], *(["…"] if len(shown) > lines else [])])))
    drawn = console.export_svg(title=title, unique_id="krbcheck")
    picture.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
