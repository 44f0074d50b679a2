"""Text that a spreadsheet takes as text.

Source: OWASP, "CSV Injection".
"""

from __future__ import annotations

import re

import pandas as pd

# Where a cell may begin, by whatever separates cells for the one who opens the file; and what begins a formula there.
# Apostrophes before it are one more in a safe text, so that the way back is certain.
BEGINS = re.compile("(^|[;,|\t\r\n])[ \"]*(?='*[=+@＝＋＠－-]|'*[\t\r])")
BEGAN = re.compile("((?:^|[;,|\t\r\n])[ \"]*)'(?='*[=+@＝＋＠－-]|'*[\t\r])")


def safe_cell(text: str) -> str:
    """`text`, with an apostrophe wherever a spreadsheet would take what follows for a formula.

    Also after what separates cells elsewhere: "a;=cmd()" is two cells where a semicolon does.
    """
    is_number = text.lstrip("+-").replace(".", "", 1).isdecimal()
    return text if is_number else BEGINS.sub(lambda found: f"{found[0]}'", text)


def plain_cell(text: str) -> str:
    """What `safe_cell` made `text` of."""
    return BEGAN.sub(r"\1", text)


def safe_csv(table: pd.DataFrame) -> bytes:
    """`table` as UTF-8 CSV whose texts and column names are safe in a spreadsheet."""
    safe = table.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = safe[column].astype(str).map(safe_cell)
    safe = safe.rename(columns=lambda name: safe_cell(str(name)))
    text = safe.to_csv(index=False)
    # Python before 3.13 quotes a carriage return only where lines end with one.
    return (safe.to_csv(index=False, lineterminator="\r\n") if "\r" in text else text).encode()
