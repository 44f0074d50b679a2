import pytest

from core.workspace import events


def test_events_come_back_in_their_order_with_their_fields(tmp_path):
    events.append(tmp_path, "started", pid=7)
    events.append(tmp_path, "training", step=1)

    found, _ = events.read(tmp_path)

    assert [one["event"] for one in found] == ["started", "training"]
    assert found[0]["pid"] == 7
    assert found[0]["time"] <= found[1]["time"]


def test_reading_goes_on_where_it_ended(tmp_path):
    events.append(tmp_path, "one")
    _, offset = events.read(tmp_path)
    events.append(tmp_path, "two")

    found, end = events.read(tmp_path, offset)

    assert [one["event"] for one in found] == ["two"]
    assert events.read(tmp_path, end) == ([], end)


def test_half_a_line_waits_until_it_is_whole(tmp_path):
    events.append(tmp_path, "one")
    log = tmp_path / events.FILE_NAME
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"event": "tw')

    found, offset = events.read(tmp_path)
    log.write_bytes(whole + b'{"event": "two", "time": 1}\n')

    assert [one["event"] for one in found] == ["one"]
    assert [one["event"] for one in events.read(tmp_path, offset)[0]] == ["two"]


def test_a_line_that_a_kill_cut_off_hides_no_other(tmp_path):
    events.append(tmp_path, "one")
    with (tmp_path / events.FILE_NAME).open("ab") as log:
        log.write(b'{"event": "cut o\xff\n')
    events.append(tmp_path, "two")

    assert [one["event"] for one in events.read(tmp_path)[0]] == ["one", "two"]


def test_the_last_of_a_name_is_the_newest(tmp_path):
    assert events.last(tmp_path, "training") is None
    for step in (1, 2):
        events.append(tmp_path, "training", step=step)
    events.append(tmp_path, "ended")

    assert events.last(tmp_path, "training")["step"] == 2


def test_not_a_number_is_refused_before_it_is_in_the_log(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        events.append(tmp_path, "training", loss=float("nan"))

    assert events.read(tmp_path) == ([], 0)
