"""The page "classify"; not written yet."""

from pages.shared import frame

frame.header("Classify", "Not written yet.")
