"""This run beside others on the same images: who is better, how sure that is, and where they part."""

from __future__ import annotations

import math

import streamlit as st

from core.data.dataset import Dataset
from core.errors import DamagedError, InputError
from core.evaluate import paired
from core.evaluate.evaluation import evaluation_folder
from core.evaluate.paired import BETTER, NO_EVIDENCE, WORSE, Difference, Paired
from core.evaluate.resolution import ASSUMPTION, FEW_TIMES, of_figures
from core.train.own_classes import names_in
from core.train.runs import Run, has_model, list_runs, read_labels
from pages.evaluate_parts import difference_chart, missing, split_opinions
from pages.evaluate_parts.asked import Answered, Asked, find_answers
from pages.shared import cached, frame, links, state
from pages.shared.cached import workspace
from pages.shared.messages import count, percent, plain, show_error

MOST = 8
LETTERS = "BCDEFGHI"  # A is the run in hand


def show(answered: Answered) -> None:
    """The choice of other runs, the verdict, then where two of them part."""
    chosen = _choose(answered)
    if not chosen:
        return
    there = []
    for letter, run in zip(LETTERS, chosen, strict=False):
        question = Asked(run, answered.asked.reference, answered.asked.split, answered.asked.dataset)
        found = find_answers(question)
        if found:
            there.append((letter, found))
        else:
            _not_yet(question)
    if there:
        _compare(answered, there)


def sentence(first: str, other: str, difference: Difference) -> str:
    """The verdict on two runs for a manager, in plain text."""
    digits = difference_chart.digits_of(difference)
    low, high = sorted(difference.interval, key=abs)
    size = f"{abs(difference.difference) * 100:.{digits}f}"
    if difference.verdict == NO_EVIDENCE:
        return f"No evidence that one is better: {other} is at {difference_chart.said(difference)} beside {first}."
    word, more = ("better", "more") if difference.verdict == BETTER else ("worse", "fewer")
    reach = f"{abs(low) * 100:.{digits}f} to {abs(high) * 100:.{digits}f}"
    return f"{other} is {word} than {first}: of 100 images it names {size} {more} right ({reach})."


def _choose(answered: Answered) -> list[Run]:
    own, dataset = answered.asked.run, answered.asked.dataset
    known = _labels(own, dataset)
    runs = [run for run in list_runs(workspace()) if run.id != own.id and has_model(workspace(), run)]
    by_id = {run.id: run for run in runs if known & _labels(run, dataset)}
    if not by_id:
        st.write("There is no other run that knows these classes. Train one with other settings, and compare it here.")
        st.page_link(
            links.page("train"),
            label="Train another",
            icon=":material/model_training:",
            query_params={"like": own.id},
        )
        return []
    wanted = [one for one in (state.here("with") or "").split(",") if one in by_id]
    key = f"with_{answered.asked.key}"
    chosen = st.multiselect(
        "Compare with",
        sorted(by_id, key=lambda run_id: by_id[run_id].dataset != own.dataset),
        wanted[:MOST],
        format_func=lambda run_id: frame.run_line(by_id[run_id]),
        key=key,
        max_selections=MOST,
        placeholder="Choose one run or more",
    )
    state.set_here("with", ",".join(chosen) or None)
    if not chosen:
        st.caption(plain(of_figures(answered.evaluation.figures).of_a_pair()), help=ASSUMPTION)
    return [by_id[run_id] for run_id in chosen]


def _labels(run: Run, dataset: Dataset | None) -> set[str]:
    """What the run's classes are called in the data that is evaluated on."""
    try:
        return set(names_in(workspace(), run, dataset).values() if dataset else read_labels(workspace(), run))
    except DamagedError as error:  # the others can be compared
        show_error(error)
        return set()
    except InputError:
        return set()


def _not_yet(question: Asked) -> None:
    with st.container(border=True):
        st.markdown(f"**{plain(question.run.title)}**")
        missing.show(question)


def _compare(answered: Answered, there: list[tuple[str, Answered]]) -> None:
    everyone = (answered, *(found for _, found in there))
    key = _Key(
        tuple(one.asked.run.id for one in everyone),
        answered.asked.reference,
        answered.asked.split,
        tuple(map(_made_at, everyone)),
    )
    joined, differences = cached.compared(*key.parts)
    if not len(joined.rows):
        st.info("There is no image here whose class all of these runs know.")
        return
    names = {letter: f"{letter}  {found.asked.run.title}" for letter, found in there}
    _verdict(answered, there, differences)
    difference_chart.draw(
        list(names.values()),
        differences,
        f"forest_{answered.asked.key}_{'_'.join(key.runs[1:])}",
        f"Difference from {answered.asked.run.title}: "
        + "; ".join(
            f"{name} {difference_chart.said(one)}" for name, one in zip(names.values(), differences, strict=True)
        ),
    )
    _caveats(answered, there, joined)
    place = _closer(there)
    letter, other = there[place]
    _counted(letter, joined, differences[place], place + 1, key)
    split_opinions.show(answered, other, letter, joined, place + 1, cached.compared_classes(*key.parts, place + 1))


class _Key:
    """What tells one comparison from another."""

    def __init__(self, runs: tuple[str, ...], reference: str, split: str, made_at: tuple[float, ...]) -> None:
        self.runs = runs
        self.parts = (runs, reference, split, made_at)


def _made_at(answered: Answered) -> float:
    asked = answered.asked
    folder = evaluation_folder(workspace(), asked.run, asked.reference, asked.split)
    return (folder / "metrics.json").stat().st_mtime


def _verdict(answered: Answered, there: list[tuple[str, Answered]], differences: list[Difference]) -> None:
    first = answered.asked.run.title
    if len(differences) == 1:
        words = sentence(f"A ({first})", f"B ({there[0][1].asked.run.title})", differences[0])
        st.subheader(plain(words), anchor=False)
    else:
        numbers = {
            verdict: sum(one.verdict == verdict for one in differences) for verdict in (BETTER, WORSE, NO_EVIDENCE)
        }
        words = f"Of {len(differences)} runs {numbers[BETTER]} {'is' if numbers[BETTER] == 1 else 'are'} better than A "
        words += f"({first}) and {numbers[WORSE]} worse"
        words += f"; for {numbers[NO_EVIDENCE]} there is no evidence." if numbers[NO_EVIDENCE] else "."
        st.subheader(plain(words), anchor=False)
    if any(one.is_close for one in differences):
        st.caption("A close call: another test set of this size could well turn that verdict.")


def _caveats(answered: Answered, there: list[tuple[str, Answered]], joined: Paired) -> None:
    said = [f"A is {percent(joined.correct[0].mean())} right on these {count(len(joined.rows), 'images', 'image')}."]
    if len(there) > 1:
        said.append("Intervals are wider than 95 % so that several verdicts together hold (Holm).")
    if joined.left_out:
        said.append(f"{count(joined.left_out, 'images', 'image')} of classes that some run does not know are left out.")
    said += [_had_before(letter, found, joined) for letter, found in [("A", answered), *there]]
    st.caption(plain(" ".join(filter(None, said))))


def _had_before(letter: str, found: Answered, joined: Paired) -> str:
    """How many of the images that are compared on the run had before; "" where none."""
    had = paired.had_before(workspace(), found.asked.run, found.evaluation, joined.rows)
    if had is None:
        return f"Whether {letter} learnt from any of these images was not kept with its evaluation."
    if not had:
        return ""
    return (
        f"{count(had)} of these images {'is' if had == 1 else 'are'} among those that {letter} learnt from or was "
        "validated on, as copies or near copies, which as a rule flatters it."
    )


def _closer(there: list[tuple[str, Answered]]) -> int:
    if len(there) == 1:
        return 0
    by_id = {found.asked.run.id: place for place, (_, found) in enumerate(there)}
    wanted = state.here("closer")
    chosen = st.selectbox(
        "Look closer at",
        list(by_id),
        index=by_id.get(wanted or "", 0),
        format_func=lambda run_id: f"{there[by_id[run_id]][0]}  {there[by_id[run_id]][1].asked.run.title}",
        key=f"closer_{'_'.join(by_id)}",
    )
    state.set_here("closer", chosen if by_id[chosen] else None)
    return by_id[chosen]


def _counted(letter: str, joined: Paired, difference: Difference, place: int, key: _Key) -> None:
    units = f" over {count(difference.groups)} groups" if difference.groups else ""
    test = "sign-flip test" if difference.groups else "McNemar's exact test"
    words = [
        f"Only {letter} names {count(difference.only_run)} right, only A {count(difference.only_reference)}: "
        f"{test}{units}, p = {difference.p_adjusted:.2g}{' after correction' if len(joined.correct) > 2 else ''}."
    ]
    if drawn := cached.bootstrapped(*key.parts, place):
        words.append(f"By bootstrap: {' to '.join(difference_chart.points(end, 2) for end in drawn)} points.")
    needed = cached.images_needed(*key.parts, place)
    if needed and difference.verdict == NO_EVIDENCE:
        takes = what_it_takes(needed, len(joined.rows), difference.groups)
        words.append(f"If the difference is as large as it looks, {takes} show it in four of five tries.")
    st.caption(" ".join(words))


def what_it_takes(needed: int, images: int, groups: int | None) -> str:
    """So many images in words, where there are `images` of so many groups: more of the same groups would show nothing."""
    if needed > images * FEW_TIMES:
        return f"more than {FEW_TIMES} times as many {'groups' if groups else 'images'}"
    if groups:
        return f"about {_rounded(math.ceil(needed * groups / images))} groups like these"
    return f"about {_rounded(needed)} images"


def _rounded(number: int) -> str:
    """Two digits: 2497 -> "2,500"."""
    size = 10 ** max(len(str(number)) - 2, 0)
    return count(-(-number // size) * size)
