"""The page "explore"; not written yet."""

from pages.shared import frame

frame.header("Explore", "Not written yet.")
