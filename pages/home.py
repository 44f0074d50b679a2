"""The page "home"; not written yet."""

from pages.shared import frame

frame.header("Home", "Not written yet.")
