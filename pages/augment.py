"""The page "augment"; not written yet."""

from pages.shared import frame

frame.header("Augment", "Not written yet.")
