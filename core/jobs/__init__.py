"""Long work in processes of its own. A job may need any room, so this stands behind them all.

kinds.py       the table: what each kind of job calls
supervisor.py  claims the next job, starts one child for it, records how it ended; no TensorFlow
places.py      the GPUs, or the CPU: where trainings run
spawn.py       starts a child, tells how one ended
child.py       one job: holds the folder's lock, runs the kind, records the end
warm.py        the child that waits for the next training
presence.py    whether a server is up, for which that child is kept
start.py       makes sure that a supervisor lives
importing.py, collecting.py, training.py, evaluating.py, calibrating.py, robustness.py, embedding.py, exporting_data.py   what the
               kinds do
watch.py       what a job last said, for those who watch
"""
