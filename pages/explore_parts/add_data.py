"""The doors by which data comes in. Each begins an import, which runs as a job."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import streamlit as st

from core import file_names
from core.data import collect as collected
from core.data.add import name_after
from core.data.dataset import Dataset
from core.data.shelf import list_datasets
from core.data.sources import KNOWN, Known, Reading
from core.data.sources.opened import FOLDERS
from core.data.sources.opened import typed as typed_path
from core.errors import InputError, SourceError
from core.jobs import start as jobs
from core.workspace.paths import check_name
from pages.explore_parts import collect, destination, importing, large_view, outlined
from pages.shared import cached, state
from pages.shared.cached import workspace
from pages.shared.messages import plain, show_error, size
from pages.shared.upload import Uploaded, upload
from pages.shared.upload_files import upload_files
from pages.shared.visitor import folders_open

JOB_ID = "explore_import_id"
OPEN = "add"  # in the address: a link that leads to the open dialog
UPLOADED = "explore_uploaded"
FILES = "explore_files_token"
TAKEN = "explore_name_taken"  # of the source and the name for which it was asked what becomes of the data set
ARCHIVE, PICTURES = "An archive", "Pictures of one class"
WAYS = (ARCHIVE, PICTURES)


def open_if_asked(dataset: Dataset | None) -> None:
    """Open the dialog where the address asks for it, once."""
    if state.here(OPEN):
        state.set_here(OPEN, None)
        state.set_here(large_view.OPEN, None)  # there is one dialog at a time
        open_doors(dataset)


def open_doors(dataset: Dataset | None = None) -> None:
    """Open the dialog. However often its buttons are clicked, one opening begins one import.

    Args:
        dataset: The one in hand, to which pictures can be added.
    """
    state.put(JOB_ID, jobs.new_job_id("import"))
    state.forget(UPLOADED)
    state.forget(FILES)
    state.forget(TAKEN)
    _doors(dataset, state.opening())


@st.dialog("Add data", width="large")
def _doors(dataset: Dataset | None, opening: int) -> None:
    sent, folder, webcam, known = st.tabs(["Upload", "Folder on this machine", "Webcam", "Known sets"])
    with known:
        _known()
    with sent:
        way = st.segmented_control("What to upload", WAYS, default=ARCHIVE, required=True, key=f"upload_way_{opening}")
        if way == ARCHIVE:
            _upload(opening)
        else:
            _files(dataset)
    with folder:
        _folder(opening)
    with webcam:
        _webcam()


def _known() -> None:
    there = {dataset.name for dataset in list_datasets(workspace())}
    with st.grid(3, min_column_width=180, row_height="content"):
        for name, known in KNOWN.items():
            _card(name, known, name in there)


def _card(name: str, known: Known, is_there: bool) -> None:
    with st.container(border=True, height="stretch"):
        with st.container(height="stretch", gap="xsmall"):
            st.markdown(f"**{plain(known.title)}**")
            st.markdown(plain(known.sentence))
            st.caption(f"Downloads {known.download_mb:,} MB." if known.download_mb else "Nothing to download.")
        if is_there:
            if st.button(f"Open {known.title}", key=f"open_{name}", width="stretch"):
                state.set_parameter("data", name)
                st.rerun()
        elif st.button(f"Add {known.title}", key=f"add_{name}", width="stretch"):
            _begin(name, None, known.title)


def _upload(opening: int) -> None:
    st.caption("A .zip with one folder of pictures for each class, or a .npz with x_train and y_train.")
    if came := upload("explore_upload"):
        state.put(UPLOADED, came)
    present: Uploaded | None = state.get(UPLOADED, None)
    if present is None or not present.path.exists():
        return
    own = name_after(Path(present.name).stem)
    like = destination.of_this_name(own)
    reading = outlined.show(str(present.path), present.name, f"upload_{present.path.stem}_{opening}", like)
    if reading is None:
        return
    with st.form("explore_upload_form", border=False):
        name = _name_field(own, f"upload_name_{present.path.stem}")
        what = plain(f"Add {present.name} ({size(present.path.stat().st_size)})")
        sent = st.form_submit_button(what, type="primary") and _usable(name)
    _as_named(sent, name, str(present.path), present.name, reading, remove_source=True)


def _files(dataset: Dataset | None) -> None:
    token = state.once(FILES, lambda: collected.begin(workspace()))
    upload_files(token, "explore_files")
    images = len(collected.frames(collected.folder_of(workspace(), token)))
    if not images:
        return
    into = destination.adds_to(dataset, "explore_files")
    label = st.selectbox(
        "Class of the pictures",
        into.classes if into else (),
        index=None,
        accept_new_options=True,
        placeholder="Name a class or choose one" if into else "Name a class",
        key=f"explore_files_class_{into is None}",
    )
    try:
        label = collected.class_of(label, into.classes if into else ()) if label else ""
    except InputError as error:
        show_error(error)
        label = ""
    came = destination.Came(token, images if label else 0, "files", "picture files", label)
    destination.save(came, into, "explore_files")


def _webcam() -> None:
    st.markdown(
        "Name a class, hold a button to record, sort bad frames out, save. For this machine's or phone's camera."
    )
    if st.button("Record with the webcam", type="primary", icon=":material/videocam:", key="door_webcam"):
        collect.open_webcam(collect.NEW_SET)


def _folder(opening: int) -> None:
    below = folders_open()
    if below == ():
        st.info(
            "No folder of the machine that Fovea runs on is open to other machines. Whoever starts Fovea can open some with "
            f"`{FOLDERS}=/data/photos`. Or upload an archive.",
            icon=":material/lock:",
        )
        return
    st.caption(
        "A folder with one folder of pictures for each class; also a .zip, .npz or .csv that is on this machine."
        + (plain(f" Open to other machines: {', '.join(below)}.") if below else "")
    )
    with (
        st.form(f"explore_path_form_{opening}", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        typed = st.text_input("Path on this machine", placeholder="/data/flowers", key=f"folder_path_{opening}").strip()
        asked = st.form_submit_button("Look inside")
    path = _find(typed, below, asked)
    if not path:
        return
    called = file_names.written(Path(path).name) or path
    own = name_after(called if Path(path).is_dir() else Path(called).stem)
    reading = outlined.show(path, "", f"folder_{opening}_{path}", destination.of_this_name(own), below)
    if reading is None:
        return
    with st.form(f"explore_folder_form_{opening}", border=False):
        keep = st.checkbox(
            "Copy the pictures into Fovea",
            help="Otherwise they are read where they are, and must stay there unchanged.",
            key=f"folder_copy_{opening}",
        )
        name = _name_field("", f"folder_name_{opening}", placeholder="named after the folder")
        sent = st.form_submit_button("Add this folder", type="primary") and (not name or _usable(name))
    _as_named(sent, name or own, path, called, reading, below, keep=keep)


def _as_named(
    sent: bool,
    name: str,
    source: str,
    called: str,
    reading: Reading,
    below: tuple[str, ...] | None = None,
    **how: bool,
) -> None:
    """Begin the import that was asked for; where there is a data set of the name, first ask what becomes of it."""
    if sent:
        state.put(TAKEN, (source, name))
    if state.get(TAKEN, None) != (source, name):
        return
    there = destination.of_this_name(name)
    found = cached.outline(source, called if how.get("remove_source") else "", reading, below) if there else None
    classes = list(found.per_class) if found else []
    append = destination.add_or_replace(there, classes, f"taken_{name}") if there else False
    if append is not None:
        state.forget(TAKEN)
        _begin(source, name, called, reading, below, append=append, **how)


def _name_field(value: str, key: str, placeholder: str = "") -> str:
    typed = st.text_input("Name of the data set", value, max_chars=64, key=key, placeholder=placeholder)
    return unicodedata.normalize("NFC", typed).strip()


def _usable(name: str) -> bool:
    try:
        check_name(name)
    except InputError as error:
        show_error(error)
        return False
    return True


def _find(typed: str, below: tuple[str, ...] | None, asked: bool) -> str:
    """The path of what is there; "" where there is nothing, said to whoever has just asked."""
    try:
        path = typed_path(typed, below) if typed else None
    except SourceError as error:
        if asked:
            show_error(error)
        return ""
    if path is not None and path.exists():
        return str(path)
    if asked:
        said = f"There is nothing at {typed}." if typed else "Type the path of a folder."
        st.warning(plain(said), icon=":material/info:")
    return ""


def _begin(
    source: str,
    name: str | None,
    title: str,
    reading: Reading | None = None,
    below: tuple[str, ...] | None = None,
    keep: bool = False,
    remove_source: bool = False,
    append: bool = False,
) -> None:
    job = jobs.start(
        workspace(),
        "import",
        state.once(JOB_ID, lambda: jobs.new_job_id("import")),
        source=source,
        name=name,
        source_name=title,
        keep=keep,
        below=below,
        class_from=reading.class_from if reading else "",
        zip_names=reading.zip_names if reading else "",
        remove_source=remove_source,
        append=append,
    )
    importing.begun(job)
