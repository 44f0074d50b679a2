"""The page "train"; not written yet."""

from pages.shared import frame

frame.header("Train", "Not written yet.")
