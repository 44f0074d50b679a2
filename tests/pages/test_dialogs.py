"""A dialog that was closed without an answer starts anew at its next opening."""

import ast

from tests.making import PROJECT

ASKED = ("text_input", "text_area", "number_input", "selectbox", "multiselect", "segmented_control", "pills", "radio",
         "toggle", "checkbox", "slider")  # fmt: skip


def test_what_a_dialog_asks_has_its_opening_in_its_key():
    without = []
    for path in (PROJECT / "pages").rglob("*.py"):
        for dialog in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(dialog, ast.FunctionDef) or "dialog" not in " ".join(
                map(ast.unparse, dialog.decorator_list)
            ):
                continue
            for call in ast.walk(dialog):
                if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in ASKED:
                    keys = [ast.unparse(given.value) for given in call.keywords if given.arg == "key"]
                    without += [f"{path.name}:{call.lineno}" for key in keys or ["none"] if "opening" not in key]

    assert without == []
