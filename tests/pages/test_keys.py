"""What a visitor is asked: its key is no other page's, and a dialog that was closed without an answer asks anew."""

import ast
from collections import defaultdict

from tests.making import PROJECT

ASKED = ("text_input", "text_area", "number_input", "selectbox", "multiselect", "segmented_control", "pills", "radio",
         "toggle", "checkbox", "slider")  # fmt: skip
MODULES = {
    path.relative_to(PROJECT / "pages"): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((PROJECT / "pages").rglob("*.py"))
}


def asked(tree):
    """The calls that draw a widget which keeps an answer, each with its key as it is written."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in ASKED:
            yield call, next((given.value for given in call.keywords if given.arg == "key"), None)


def constants(tree):
    for line in tree.body:
        if isinstance(line, ast.Assign):
            yield from zip(
                getattr(line.targets[0], "elts", line.targets), getattr(line.value, "elts", [line.value]), strict=False
            )


def test_what_a_dialog_asks_has_its_opening_in_its_key():
    without = []
    for path, tree in MODULES.items():
        for dialog in ast.walk(tree):
            if isinstance(dialog, ast.FunctionDef) and "dialog" in " ".join(map(ast.unparse, dialog.decorator_list)):
                without += [
                    f"{path}:{call.lineno}"
                    for call, key in asked(dialog)
                    if not key or "opening" not in ast.unparse(key)
                ]

    assert without == []


def test_what_one_page_asks_has_a_key_that_no_other_page_uses():
    """Else an answer of the one page is taken for one of the other, on the way between them."""
    pages_of = defaultdict(set)
    for path, tree in MODULES.items():
        values = {ast.unparse(name): value.value for name, value in constants(tree) if isinstance(value, ast.Constant)}
        for _, given in asked(tree):
            key = given.values[0] if isinstance(given, ast.JoinedStr) else given
            name = key.value if isinstance(key, ast.Constant) else values.get(ast.unparse(key)) if key else None
            if isinstance(name, str):
                pages_of[name].add(path.parts[0].removesuffix(".py").removesuffix("_parts"))

    assert {"class", "augment_class", "finding"} <= set(pages_of)
    assert {name: pages for name, pages in pages_of.items() if len(pages) > 1} == {}
