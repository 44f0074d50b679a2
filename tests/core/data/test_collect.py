import os
import secrets

import pytest

from core.data import collect, collect_log
from core.data.add import add
from core.data.collect import Frame, Limits
from core.data.dataset import find, picture_file, read_index, read_left_out
from core.errors import InputError, NotFoundError, Stopped
from core.jobs import collecting
from core.jobs.context import Context
from core.workspace import events, queue
from tests.making import png, write_classes


@pytest.fixture
def token(workspace):
    return collect.begin(workspace)


@pytest.fixture
def come(workspace, token):
    """Puts one picture into the collection, as the server's route does."""
    folder = collect.folder_of(workspace, token)
    seeds = iter(range(10_000, 20_000))

    def put(frame_id, label="", name="", data=None):
        (folder / frame_id).write_bytes(png(next(seeds)) if data is None else data)
        collect.note(folder, Frame(frame_id, label, name))

    return put


def save(workspace, token, stop=None, **payload):
    """Runs the job, in this process."""
    given = {"collection": token, "came_from": "the webcam", **payload}
    job = queue.Job(f"collect-{secrets.token_hex(4)}", "collect", queue.LIGHT, given)
    context = Context(workspace, queue.submit(workspace, job))
    if stop:
        context.should_stop = lambda: True
    return collecting.run(context)


def test_what_came_is_listed_in_its_order_and_what_was_dropped_can_be_taken_back(workspace, token, come):
    for frame_id in ("b1-0", "b1-1", "b2-0"):
        come(frame_id, "cup")
    folder = collect.folder_of(workspace, token)

    collect.drop(folder, "b1-1")

    assert [(frame.id, frame.burst, frame.dropped) for frame in collect.frames(folder)] == [
        ("b1-0", "b1", False),
        ("b1-1", "b1", True),
        ("b2-0", "b2", False),
    ]
    assert [picture.file.name for picture in collect.pictures(folder)] == ["b1-0", "b2-0"]
    collect.drop(folder, "b1-1", dropped=False)
    assert len(collect.pictures(folder)) == 3


def test_what_overtook_on_its_way_stands_where_it_was_recorded(workspace, token, come):
    recorded = [f"b1-{place}" for place in range(12)] + ["b2-0", "b2-1"]
    for frame_id in ("b1-1", "b1-0", *recorded[2:10], "b2-0", "b1-11", "b2-1", "b1-10"):
        come(frame_id, "cup")

    folder = collect.folder_of(workspace, token)
    assert [frame.id for frame in collect.frames(folder)] == recorded
    assert [picture.file.name for picture in collect.pictures(folder)] == recorded


def test_a_burst_gets_another_class_with_what_still_comes_of_it_or_goes_and_the_others_stay(workspace, token, come):
    for frame_id in ("b1-0", "b1-1", "b2-0", "b3-0"):
        come(frame_id, "cup")
    folder = collect.folder_of(workspace, token)
    collect.drop(folder, "b1-1")

    collect.relabel_burst(folder, "b1", " pot ")
    come("b1-2", "cup")
    collect.throw_burst_away(folder, "b2")

    assert [(frame.id, frame.label, frame.dropped) for frame in collect.frames(folder)] == [
        ("b1-0", "pot", False),
        ("b1-1", "pot", True),
        ("b1-2", "pot", False),
        ("b3-0", "cup", False),
    ]
    assert [picture.path.partition("/")[0] for picture in collect.pictures(folder)] == ["pot", "pot", "cup"]
    assert len({picture.group for picture in collect.pictures(folder)}) == 2
    with pytest.raises(InputError):
        collect.relabel_burst(folder, "b3", "\n")


def test_changes_are_undone_from_the_last_to_the_first_each_named_and_done_again(workspace, token, come):
    for frame_id in ("b1-0", "b1-1", "b2-0"):
        come(frame_id, "cup")
    folder = collect.folder_of(workspace, token)
    collect.relabel_burst(folder, "b2", "hat")
    come("b3-0", "cup")
    collect.drop(folder, "b1-1")
    collect.throw_burst_away(folder, "b3")
    come("b3-1", "cup")  # was on its way

    before, told = [collect.frames(folder)], []
    while change := collect_log.read(folder).to_undo:
        told.append(collect_log.read(folder).in_words(change))
        collect_log.undo(folder, change.number)
        collect_log.undo(folder, change.number)  # a second click takes nothing else back
        before.append(collect.frames(folder))

    assert told == [
        "Burst 2 of cup was thrown away.",
        "Frame 2 of burst 1 of cup was left out.",
        "Burst 2 of cup was recorded.",
        "Burst 2 of cup was moved to hat.",
        "Burst 2 of cup was recorded.",
        "Burst 1 of cup was recorded.",
    ]
    first, out, second = Frame("b1-0", "cup"), Frame("b1-1", "cup", dropped=True), Frame("b1-1", "cup")
    cup, hat, third = Frame("b2-0", "cup"), Frame("b2-0", "hat"), [Frame("b3-0", "cup"), Frame("b3-1", "cup")]
    assert before == [
        [first, out, hat],
        [first, out, hat, *third],
        [first, second, hat, *third],
        [first, second, hat],
        [first, second, cup],
        [first, second],
        [],
    ]
    for at, words in enumerate(reversed(told), 2):
        change = collect_log.read(folder).to_redo
        assert collect_log.read(folder).in_words(change) == words
        collect_log.redo(folder, change.number)
        assert collect.frames(folder) == before[-at]
    assert collect_log.read(folder).to_redo is None


def test_after_another_change_nothing_undone_is_done_again_and_one_without_effect_is_none(workspace, token, come):
    for frame_id in ("b1-0", "b1-1"):
        come(frame_id, "cup")
    folder = collect.folder_of(workspace, token)
    collect.relabel_burst(folder, "b1", "pot")
    moved = collect_log.read(folder).to_undo
    collect_log.undo(folder, moved.number)
    collect.drop(folder, "b1-1", dropped=False)
    come("b1-2", "cup")
    assert collect_log.read(folder).to_redo == moved

    collect.drop(folder, "b1-1")
    collect_log.redo(folder, moved.number)
    collect_log.undo(folder, collect_log.read(folder).done[0].number)  # as from a tab that was drawn before
    assert len(collect.frames(folder)) == 3
    assert collect_log.read(folder).to_redo is None
    assert {frame.label for frame in collect.frames(folder)} == {"cup"}
    collect.drop(folder, "b1-1", dropped=False)
    log = collect_log.read(folder)
    assert log.in_words(log.to_undo) == "Frame 2 of burst 1 of cup was put back."


def test_a_log_of_before_changes_had_numbers_is_read_as_it_was_meant(workspace, token, come):
    for frame_id in ("b1-0", "b2-0"):
        come(frame_id, "cup")
    folder = collect.folder_of(workspace, token)
    collect.throw_burst_away(folder, "b1")
    collect.relabel_burst(folder, "b2", "pot")
    events.append(folder, "undo", id="b2")

    assert collect.frames(folder) == [Frame("b2-0", "cup")]


def test_lines_of_the_log_that_lack_something_are_passed_over(workspace, token, come):
    come("b1-0", "cup")
    folder = collect.folder_of(workspace, token)
    whole = [
        {"event": "frame", "id": "b1-0", "label": "cup", "name": ""},
        {"event": "drop", "id": "b1-0", "dropped": True},
        {"event": "burst", "id": "b1", "label": "pot"},
        {"event": "throw", "id": "b1"},
        {"event": "undo", "id": "b1", "number": 0},
        {"event": "redo", "id": "b1", "number": 0},
    ]
    for event in whole:
        for lacking in event.keys() - {"event", "number"}:
            for bad in ({lacking: [1]}, {lacking: None}):
                events.append(folder, **{**event, **bad})
            events.append(folder, **{key: value for key, value in event.items() if key != lacking})
    events.append(folder, "drop", id="b1-x", dropped=True)
    events.append(folder, "of another program", id="b1")

    assert collect.frames(folder) == [Frame("b1-0", "cup")]
    log = collect_log.read(folder)
    assert [log.in_words(change) for change in log.done] == ["Burst 1 of cup was recorded."]


def test_pictures_that_were_thrown_away_go_for_good_when_there_is_no_room_and_then_not_earlier(
    workspace, token, come, monkeypatch
):
    for frame_id in ("b1-0", "b2-0", "b3-0"):
        come(frame_id, "cup")
    folder = collect.folder_of(workspace, token)
    collect.throw_burst_away(folder, "b1")
    collect.relabel_burst(folder, "b2", "pot")
    collect.check_room(folder, 300)
    assert (folder / "b1-0").exists()

    monkeypatch.setattr(collect, "LIMITS", Limits(frames=3))
    collect.check_room(folder, 300)

    assert not (folder / "b1-0").exists()
    assert [picture.file.name for picture in collect.pictures(folder)] == ["b2-0", "b3-0"]
    log = collect_log.read(folder)
    assert [(change.kind, change.id) for change in log.done] == [
        (collect_log.RECORDED, "b2"),
        (collect_log.RECORDED, "b3"),
        (collect_log.MOVED, "b2"),
    ], "what cannot be brought back is not offered"


def test_a_frame_that_comes_twice_is_one_and_one_whose_file_is_gone_is_none(workspace, token, come):
    come("b1-0", "cup")
    come("b1-0", "cup")
    come("b1-1", "cup")
    folder = collect.folder_of(workspace, token)
    (folder / "b1-1").unlink()

    assert [frame.id for frame in collect.frames(folder)] == ["b1-0"]


def test_a_server_that_was_killed_in_the_middle_of_a_frame_loses_only_that_one(workspace, token, come):
    come("b1-0", "cup")
    folder = collect.folder_of(workspace, token)
    (folder / "b1-1.ab12.part").write_bytes(b"half")
    with (folder / "events.jsonl").open("a") as file:
        file.write('{"event": "frame", "id": "b1')

    assert [frame.id for frame in collect.frames(folder)] == ["b1-0"]
    assert len(collect.pictures(folder)) == 1


def test_the_frames_of_a_burst_are_one_group_and_files_stand_alone(workspace, token, come):
    for frame_id in ("b1-0", "b1-1", "b2-0"):
        come(frame_id, "cup")
    come("f-0", "cup", "C:\\pictures\\mug.png")
    come("f-1", "cup", "../mug.png")

    pictures = collect.pictures(collect.folder_of(workspace, token))

    groups = [picture.group for picture in pictures]
    assert groups[0] == groups[1] != groups[2]
    assert groups[3:] == ["", ""]
    assert [picture.path for picture in pictures[3:]] == ["cup/mug.png", "cup/mug (2).png"]
    assert not any(token in picture.path + picture.group for picture in pictures), "who sees them could add to it"


@pytest.mark.parametrize("token", ["", "short", "../../etc/passwd-0000", "a" * 32, "." * 20])
def test_a_token_that_nobody_gave_out_leads_nowhere(workspace, token):
    with pytest.raises(NotFoundError, match="not here any more"):
        collect.folder_of(workspace, token)


def test_two_collections_have_nothing_in_common(workspace, token, come):
    come("b1-0", "cup")
    other = collect.begin(workspace)

    assert other != token
    assert collect.frames(collect.folder_of(workspace, other)) == []


@pytest.mark.parametrize(
    ("typed", "known", "meant"),
    [
        (" Koala ", ["koala"], "koala"),
        ("STRASSE", ["stra\u00dfe"], "stra\u00dfe"),
        ("CAFE\u0301", ["caf\u00e9"], "caf\u00e9"),
        ("koala", ["\U0001f428 koala"], "\U0001f428 koala"),
        ("heart", ["\u2764\ufe0f heart"], "\u2764\ufe0f heart"),
        ("koala", ["\U0001f428 koala", "koala"], "koala"),
        ("Cat", ["cat", "Cat"], "Cat"),
        ("light", ["\U0001f534 light", "\U0001f7e2 light"], "light"),
        ("\U0001f534 light", ["\U0001f7e2 light"], "\U0001f534 light"),
        ("C", ["C++", "C#"], "C"),
        ("\u0915\u0924", ["\u0915\u093f\u0924"], "\u0915\u0924"),
        ("mug", [], "mug"),
    ],
)
def test_a_name_that_is_there_in_another_case_or_with_a_sign_is_that_class(typed, known, meant):
    assert collect.class_of(typed, known) == meant


def test_what_is_added_under_a_name_in_another_case_is_of_the_class_that_is_there(workspace, token, come, tmp_path):
    add(workspace, str(write_classes(tmp_path / "pets", {"cat": 12, "dog": 10})))
    come("b1-0", "Cat")

    save(workspace, token, dataset="pets", name="pets")

    assert find(workspace, "pets").per_class == {"cat": 13, "dog": 10}


def test_why_a_webcams_frames_do_not_fit_a_data_set_is_said(workspace, digits, tmp_path):
    colour = add(workspace, str(write_classes(tmp_path / "pets", {"cat": 12}, height=96, width=96)))

    said = " ".join(collect.misfits(digits.dataset, ["mug"]))

    assert "is grey, and the frames are in colour" in said
    assert "8 × 8 pixels" in said
    assert "New in this data set: mug. Its classes are 0, 1, 2, 3, 4 and 5 more." in said
    assert collect.misfits(colour, ["Cat", "mug"]) == []


def test_of_each_class_the_frames_in_each_burst_are_counted():
    frames = [Frame(one, label) for one, label in (("a-0", "cup"), ("b-0", "pot"), ("a-1", "cup"), ("c-0", "cup"))]

    assert collect.bursts_of(frames) == {"cup": [2, 1], "pot": [1]}
    assert collect.bursts_of([*frames, Frame("c-1", "cup", dropped=True)]) == {"cup": [2, 2], "pot": [1]}
    assert collect.bursts_of([Frame("a-0", "cup", dropped=True)]) == {}


def test_limits_are_said(workspace, token, come, monkeypatch):
    come("b1-0", "cup", data=b"x" * 600)
    folder = collect.folder_of(workspace, token)
    collect.check_room(folder, 300)

    for limits, said in (
        (Limits(frames=1), "There are 1 pictures already"),
        (Limits(frame_bytes=200), "larger than 0 MB"),
        (Limits(total_bytes=700), "GB of pictures already"),
    ):
        monkeypatch.setattr(collect, "LIMITS", limits)
        with pytest.raises(InputError, match=said):
            collect.check_room(folder, 300)


def test_saved_as_a_data_set_each_burst_is_on_one_side_and_the_collection_is_gone(workspace, token, come):
    for label in ("cup", "pot"):
        for burst in range(3):
            for number in range(5):
                come(f"{label}{burst}-{number}", label)
    collect.drop(collect.folder_of(workspace, token), "cup0-0")

    done = save(workspace, token, name="crockery", source="webcam")

    dataset = find(workspace, "crockery")
    index = read_index(workspace, dataset)
    assert done == {"dataset": "crockery@1", "images": 29, "added": 29, "left_out": 0}
    assert dataset.per_class == {"cup": 14, "pot": 15}
    assert dataset.source == {"kind": "webcam", "location": "the webcam"}
    assert index["group"].nunique() == 6
    assert (index.groupby("group")["split"].nunique() == 1).all()
    assert (index.groupby("label")["split"].nunique() == 3).all()
    assert all(picture_file(workspace, dataset, file).is_file() for file in index["file"])
    assert list(workspace.uploads.iterdir()) == []


def test_added_to_a_data_set_they_make_its_next_version(workspace, token, come, tmp_path):
    add(workspace, str(write_classes(tmp_path / "pets", {"cat": 12, "dog": 10})))
    for number in range(4):
        come(f"f-{number}", name=f"{number}.png")
    come("f-9", name="bad.png", data=b"no picture")

    done = save(workspace, token, dataset="pets", name="pets", label="dog")

    dataset = find(workspace, "pets")
    assert done == {"dataset": "pets@2", "images": 26, "added": 4, "left_out": 1}
    assert (dataset.per_class, dataset.change) == ({"cat": 12, "dog": 14}, "Added from the webcam: dog")
    assert read_left_out(workspace, dataset)["path"].tolist() == ["dog/bad.png"]


def test_what_cannot_be_saved_stays_so_that_it_can_be_saved_elsewhere(workspace, token, come, tmp_path):
    add(workspace, str(write_classes(tmp_path / "pets", {"cat": 12})))
    come("b1-0", "cup")
    folder = collect.folder_of(workspace, token)

    with pytest.raises(InputError, match="There is a data set 'pets' already"):
        save(workspace, token, name="pets", source="webcam")
    with pytest.raises(Stopped):
        save(workspace, token, stop=True, name="cups", source="webcam")

    assert len(collect.pictures(folder)) == 1
    assert not os.path.exists(workspace.dataset("cups"))
    assert save(workspace, token, name="cups", source="webcam")["dataset"] == "cups@1"


def test_a_collection_of_nothing_but_dropped_frames_is_not_saved(workspace, token, come):
    come("b1-0", "cup")
    collect.drop(collect.folder_of(workspace, token), "b1-0")

    with pytest.raises(InputError, match="no pictures to save"):
        save(workspace, token, name="cups", source="webcam")
