"""The bar of what is not saved: what it is, Save, and what to do where somebody else saved first."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.data import edit, shelf
from core.data.dataset import Dataset, find
from core.data.drafts import Draft
from core.data.edits import Edit, in_words
from core.data.on_top import on_top
from core.errors import ConflictError, FoveaError, NotFoundError
from pages.shared import cached, edit_pending, state, telling
from pages.shared.cached import workspace
from pages.shared.messages import count, plain, show_error

SHOWN = 3


def show(dataset: Dataset, follow: bool = True) -> None:
    """Draw the bar: what is not saved, and Save. Nothing where there is nothing.

    Args:
        follow: Look at the version that was saved; else the page stays with the one it is about, and only the pages
            after it have the new one in hand.
    """
    edit_pending.in_address(dataset)
    there = edit_pending.of(dataset)
    if there is None:
        if damaged := state.get(edit_pending.DAMAGED, None):
            show_error(damaged)
        return
    try:
        newest = find(workspace(), dataset.name)
    except NotFoundError:
        return
    with st.container(border=True, key="explore_pending"):
        if newest == there.base:
            _bar(there, follow)
        else:
            _conflict(there, newest, follow)


def _bar(there: Draft, follow: bool) -> None:
    number = len(there.edits)
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            st.markdown(f"**{count(number, 'changes', 'change')}, not saved:** {_words(there.edits)}")
            if so := cached.touched(edit_pending.token_of(there.base) or ""):
                st.caption(plain(so))
        save = f"Save as version {there.base.version + 1}"
        if st.button(save, type="primary", icon=":material/save:", key="explore_save"):
            _save(there.base, there.edits, follow)
        st.button(
            "Undo last",
            icon=":material/undo:",
            key="explore_undo_last",
            on_click=edit_pending.undo_last,
            args=(there.base,),
        )
        st.button(
            "Discard", icon=":material/close:", key="explore_discard", on_click=edit_pending.discard, args=(there.base,)
        )


def _conflict(there: Draft, newest: Dataset, follow: bool) -> None:
    since = [one for one in shelf.versions(workspace(), newest.name) if one.version > there.base.version] or [newest]
    told = "; ".join(f"version {one.version}: {one.change}" for one in since[-SHOWN:])
    st.markdown(
        f":material/group: **A version was saved while you edited version {there.base.version}** ({plain(told)}). "
        f"Your {count(len(there.edits), 'changes are', 'change is')} kept: {_words(there.edits)}"
    )
    fitted = on_top(workspace(), there.edits, there.base, newest)
    for line in fitted.refused:
        st.markdown(f"- Cannot be applied: {plain(line)}")
    with st.container(horizontal=True):
        some = (
            "mine"
            if not fitted.refused
            else f"the other {len(fitted.edits):,}"
            if len(fitted.edits) > 1
            else "the rest"
        )
        on = f"Apply {some} on top of version {newest.version}"
        if fitted.edits and st.button(on, type="primary", icon=":material/layers:", key="explore_on_top"):
            _save(newest, fitted.edits, follow)
        st.button(
            "Discard mine",
            icon=":material/close:",
            key="explore_discard",
            on_click=edit_pending.discard,
            args=(there.base,),
        )


def _save(base: Dataset, edits: tuple[Edit, ...], follow: bool) -> None:
    _make(lambda: edit.apply(workspace(), base, edits), base, follow)


def undo_to(seen: Dataset, version: Dataset | None = None) -> None:
    """Make the next version equal to `version`, by default the one before, and show it."""
    if version is None:
        _make(lambda: edit.undo(workspace(), seen), seen)
    else:
        _make(lambda: edit.restore(workspace(), seen, version), seen)


def _make(make: Callable[[], Dataset], base: Dataset, follow: bool = True) -> None:
    try:
        with st.spinner("Saving"):
            made = make()
    except ConflictError as error:
        if edit_pending.of(base):
            st.rerun()  # the bar says what can be done
        show_error(error)
        return
    except FoveaError as error:
        show_error(error)
        return
    edit_pending.discard(base)
    (state.set_parameter if follow else state.carry)("data", made.reference)
    telling.say(f"Version {made.version} is saved. {made.change[:1].upper()}{made.change[1:]}.")
    st.rerun()


def _words(edits: tuple[Edit, ...]) -> str:
    last = [in_words(one) for one in edits[-SHOWN:]]
    more = [f"{len(edits) - SHOWN:,} more"] if len(edits) > SHOWN else []
    return plain("; ".join(last + more))
