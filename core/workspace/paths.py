"""Where things live on disk. The layout is readable without Fovea."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError, NotFoundError

NAMES = (
    "Take 1 to 64 letters, digits, spaces, '-', '_', '+' or '.', with a letter or digit first and no space or dot last."
)
_RULE = re.compile(r"\w[\w .+-]{0,63}(?<![ .])")
_MOST_BYTES = 255  # of a file's name, on most systems
_MOST_BYTES_OF_NEW = 200  # there is room for "@999999999-train" and the like behind it
UNFINISHED = "renaming.json"


def whole_path(path: str | os.PathLike[str]) -> Path:
    """Where a person means a file or folder to be: "~" is home, and links are followed, also those to nothing.

    Raises:
        InputError: It is empty, or the home of nobody.
    """
    whole = os.path.expanduser(path)
    if not str(whole).strip():
        raise InputError("An empty path names no file. Type one.")
    if str(whole).startswith("~"):
        raise InputError(
            f"{path} is in nobody's home. Write the path out, or begin it with ./ where a name begins with ~."
        )
    return Path(os.path.realpath(whole))


@dataclass(frozen=True)
class Workspace:
    """The folder that holds data sets, runs, jobs and their catalogue.

    catalogue.db              SQLite; rebuilt from the folders if it is lost
    supervisor.lock, .log     the process that starts jobs
    app.lock                  held by each server
    publish.lock              held while a version of a data set appears, changes its name or goes
    renaming.json, .lock      there while a data set changes its name; who finds it finishes that
    datasets/<name>/          images/, thumbnails/, v<N>/, packed/
    runs/<id>/                one training and all that came of it
    jobs/<id>/                events, log and state of any other job
    sweeps/<id>/              what a sweep was asked to try, and which runs it made
    drafts/                   edits that nobody has saved yet
    uploads/                  archives on their way in
    """

    root: Path

    @classmethod
    def open(cls, root: str | os.PathLike[str] | None = None) -> Workspace:
        """The workspace at `root`, else at `$FOVEA_WORKSPACE`, else at ./workspace; made if missing.

        Raises:
            InputError: The folder cannot be made or written.
        """
        path = whole_path(root or os.environ.get("FOVEA_WORKSPACE") or "workspace")
        workspace = cls(path)
        folders = (workspace.datasets, workspace.runs, workspace.jobs, workspace.uploads)
        try:
            for folder in folders:
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(_not_writable(path, error.strerror or "unknown cause")) from error
        for entry in (path, *folders, workspace.catalogue):  # only what stays: SQLite's other files come and go
            if entry.exists() and not os.access(entry, os.W_OK):
                raise InputError(_not_writable(path, f"{entry.name} may only be read by this user"))
        return workspace

    @property
    def catalogue(self) -> Path:
        """The SQLite file that lists everything."""
        return self.root / "catalogue.db"

    @property
    def datasets(self) -> Path:
        """Parent of the data sets' folders."""
        return self.root / "datasets"

    @property
    def runs(self) -> Path:
        """Parent of the runs' folders."""
        return self.root / "runs"

    @property
    def jobs(self) -> Path:
        """Parent of the other jobs' folders."""
        return self.root / "jobs"

    @property
    def sweeps(self) -> Path:
        """Parent of the sweeps' folders."""
        return self.root / "sweeps"

    @property
    def uploads(self) -> Path:
        """Where archives wait to be read."""
        return self.root / "uploads"

    def dataset(self, name: str) -> Path:
        """Folder of the data set `name`, whether it exists or not. Raises NotFoundError where none can be called so."""
        return _in(self.datasets, "data set", name)

    def run(self, run_id: str) -> Path:
        """Folder of the run `run_id`, as `dataset`."""
        return _in(self.runs, "run", run_id)

    def job(self, job_id: str) -> Path:
        """Folder of a job that is no training, as `dataset`."""
        return _in(self.jobs, "job", job_id)

    def sweep(self, sweep_id: str) -> Path:
        """Folder of the sweep `sweep_id`, as `dataset`."""
        return _in(self.sweeps, "sweep", sweep_id)


def _not_writable(path: Path, why: str) -> str:
    return f"The workspace {path} cannot be written ({why}). Choose another with --workspace or $FOVEA_WORKSPACE."


def is_name(text: str) -> bool:
    """Whether a folder of a workspace may be called `text`; whoever asks for anything else asks for what is not there."""
    return bool(_RULE.fullmatch(text)) and len(text.encode()) <= _MOST_BYTES


def check_name(text: str) -> str:
    """What a new data set may be called: `text`, in NFC.

    Raises:
        InputError: It is empty, too long, or holds a separator or another unfit character.
    """
    name = unicodedata.normalize("NFC", text)
    if not name:
        raise InputError(f"A name is needed, and none was given. {NAMES}")
    if not _RULE.fullmatch(name):
        raise InputError(f"{name!r} is not a usable name. {NAMES}")
    if (size := len(name.encode())) > _MOST_BYTES_OF_NEW:
        raise InputError(f"{name!r} takes {size} bytes on disk; a name takes {_MOST_BYTES_OF_NEW} at most. Shorten it.")
    return name


def cut_name(text: str) -> str:
    """`text`, in NFC and of letters that a name may have, cut to what is no longer than `check_name` lets be; may be empty."""
    plain = re.sub(r"[^\w .+-]+", "-", unicodedata.normalize("NFC", text))[:60]
    return plain.encode()[:_MOST_BYTES_OF_NEW].decode(errors="ignore").strip(" .-_+")


def _in(parent: Path, kind: str, name: str) -> Path:
    if not is_name(name):
        raise NotFoundError(f"There is no {kind} {name!r}.")
    return parent / name


def folder_size_bytes(folder: Path) -> int:
    """Bytes that the files below `folder` hold."""
    return sum(entry.stat().st_size for entry in folder.rglob("*") if entry.is_file())
