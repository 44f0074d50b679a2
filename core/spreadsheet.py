"""Text that a spreadsheet takes as text.

Source: OWASP, "CSV Injection".
"""

from __future__ import annotations

import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """`text`, with an apostrophe before it if a spreadsheet would take it for a formula."""
    is_number = text.lstrip("+-").replace(".", "", 1).isdecimal()
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not is_number else text


def plain_cell(text: str) -> str:
    """What `safe_cell` made `text` of."""
    return text[1:] if text.startswith("'") and safe_cell(text[1:]) == text else text


def safe_csv(table: pd.DataFrame) -> bytes:
    """`table` as UTF-8 CSV whose texts and column names are safe in a spreadsheet."""
    safe = table.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = safe[column].astype(str).map(safe_cell)
    return safe.rename(columns=lambda name: safe_cell(str(name))).to_csv(index=False).encode()
