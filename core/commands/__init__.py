"""What each command does: `(workspace, options)` -> the JSON object, and the same in words.

    data.py      data add, list, show, check, embed, delete, rename, edit, undo, export
    runs.py      train; runs list, show, stop, resume, delete, move
    sweeps.py    sweep; sweeps list, show, stop
    answers.py   evaluate, predict
    comparison.py   compare
    decisions.py calibrate, decide
    weaknesses.py   slices, robustness
    machine.py   devices, doctor
    line.py      the line on standard error that tells how far it is
    nested.py    options with dots
    parsing.py   what is wrong usage, and how it is refused

Each module adds its commands and their options to the parser of core/cli.py.
"""
