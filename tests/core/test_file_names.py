import os
import random

from core.file_names import find, printable, real, written


def test_every_name_that_linux_takes_is_written_as_valid_text_of_its_own_and_found_again():
    draw = random.Random(0)
    parts = [b"caf", b"\xe9", b"\\", b"\\x", b"\\xe9", b"\\x5c", b"x5c", b"\xff\x80", "é".encode(), b"5c", b"e9"]
    names = {b"".join(draw.choices(parts, k=draw.randint(1, 5))) for _ in range(3000)}

    shown = {name: written(os.fsdecode(name)) for name in names}

    assert all(text.encode() for text in shown.values())
    assert len(set(shown.values())) == len(names)
    assert all(os.fsencode(real(text)) == name for name, text in shown.items())


def test_usual_names_stay_as_they_are():
    for name in ("cat.png", "Größe/猫.png", "a\\b.png", "x\\y", "\\\\server\\xyz"):
        assert written(name) == real(name) == name
    assert written("caf\udce9.png") == r"caf\xe9.png"
    assert printable("\ud83d and \udce9 and \\xe9") == "\N{REPLACEMENT CHARACTER} and \\xe9 and \\xe9"


def test_a_name_is_found_as_it_stands_first(tmp_path):
    for name in ("caf\udce9.png", r"other\x41.png"):
        (tmp_path / name).write_bytes(b"")

    assert find(r"caf\xe9.png", tmp_path) == tmp_path / "caf\udce9.png"
    assert find(r"other\x41.png", tmp_path) == tmp_path / r"other\x41.png"
    assert find(written(r"other\x41.png"), tmp_path) == tmp_path / r"other\x41.png"
    assert find("gone\0", tmp_path) == tmp_path / "gone\0"
