"""Teach, and watch."""

from pages.shared import frame, state
from pages.train_parts import compare, history, panel, start, waiting

frame.header("Train", "Teach a network, and watch it learn.")
run_id = state.here("run")
if run_id:
    panel.show(run_id)
elif compare.ids():
    compare.show()
else:
    start.show()
waiting.show(run_id)
history.show(run_id)
