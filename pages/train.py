"""Teach, and watch."""

from pages.shared import frame, state
from pages.train_parts import compare, history, panel, start, sweep_list, sweep_panel, waiting

frame.header("Train", "Teach a network, and watch it learn.")
run_id, sweep_id = state.here("run"), state.here("sweep")
if run_id:
    panel.show(run_id)
elif sweep_id:
    sweep_panel.show(sweep_id)
elif compare.ids():
    compare.show()
else:
    start.show()
waiting.show(run_id)
sweep_list.show(sweep_id)
history.show(run_id)
