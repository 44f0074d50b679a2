"""A folder of class folders, also with train / val / test above or below them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from core.data.sources.layout import Arranged
from core.data.sources.listing import Listing, Reading
from core.data.sources.manifest import arrange_with_table
from core.data.sources.walk import Walked, walk
from core.errors import SourceError
from core.file_names import written


def read_folder(folder: Path, keep: bool = False, reading: Reading | None = None) -> Listing:
    """List the class folders in `folder`. A nested class is named by its path ("birds/owl") unless `reading` says else.

    Raises:
        SourceError: It is no folder, cannot be read, or holds no picture in a class folder.
    """
    walked, arranged, further = look_into(folder, reading)
    where = written(str(folder))
    if not arranged.pictures:
        raise SourceError(
            f"{where} holds no pictures in class folders. Put each class's pictures into a folder of its name."
        )
    return Listing(
        "folder",
        where,
        folder.name,
        arranged.pictures,
        keep=keep,
        left_out=walked.left_out + arranged.left_out,
        ignored=walked.ignored,
        further=further,
        read_as={"class_from": (reading or Reading()).class_from or "path"},
    )


def look_into(folder: Path, reading: Reading | None = None) -> tuple[Walked, Arranged, pd.DataFrame | None]:
    """What lies in `folder`, which class and split that names, and further columns of the pictures. Raises SourceError."""
    if not folder.is_dir():
        raise SourceError(f"{written(str(folder))} is not a folder.")
    walked = walk(folder)
    return walked, *arrange_with_table(walked.files, (reading or Reading()).class_from or "path")
