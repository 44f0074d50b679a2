"""The job that saves pictures which came one by one. payload: collection, label, dataset or name, source, came_from.

With `dataset` they are added to that one, else they become a new data set called `name`. Until that is
done the collection stays as it is, so that nothing is lost where it fails or is cancelled.
"""

from __future__ import annotations

from typing import Any

from core.data import collect, shelf
from core.data.add import add_listing
from core.data.append import append
from core.data.dataset import find, read_left_out
from core.data.sources import Listing
from core.errors import InputError
from core.jobs.context import Context
from core.workspace.paths import check_name


def run(context: Context) -> dict[str, Any]:
    """Save the collection as a data set, or as the next version of one."""
    payload, workspace = context.job.payload, context.workspace
    folder = collect.folder_of(workspace, payload["collection"])
    into = find(workspace, payload["dataset"]) if payload.get("dataset") else None
    pictures = collect.pictures(folder, payload.get("label", ""), into.classes if into else ())
    if not pictures:
        raise InputError("There are no pictures to save: all were sorted out.")
    came_from = payload["came_from"]
    if into:
        classes = ", ".join(sorted({picture.label for picture in pictures}))
        change = f"Added from {came_from}: {classes}"
        dataset = append(workspace, into, pictures, change, context.on_progress, context.should_stop)
    else:
        name = check_name(payload["name"])
        if shelf.versions(workspace, name):
            raise InputError(f"There is a data set {name!r} already. Choose another name, or add to that one.")
        listing = Listing(payload["source"], came_from, name, pictures)
        dataset = add_listing(
            workspace, listing, name, on_progress=context.on_progress, should_stop=context.should_stop
        )
    bad = int(read_left_out(workspace, dataset)["path"].isin([picture.path for picture in pictures]).sum())
    collect.throw_away(folder)
    return {"dataset": dataset.reference, "images": dataset.images, "added": len(pictures) - bad, "left_out": bad}
