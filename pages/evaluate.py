"""The page "evaluate"; not written yet."""

from pages.shared import frame

frame.header("Evaluate", "Not written yet.")
