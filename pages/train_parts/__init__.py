"""What the Train page needs and no other page.

recipes.py   the cards of ready-made configs
settings.py  the form: what can be set, and what it starts from
optimisation.py   the part of it on optimizer, loss and precision
rate.py      looking for a learning rate
layers.py    the network that is being set, as a column of layers
start.py     advice, the Start button and what is wrong before anything starts
last_layer.py  what differs where the last layer alone is learnt
panel.py     one run, wherever it stands:
live.py      one that waits or goes on
ended.py     one that has ended
about.py     name, notes and settings of one, and deleting it
run_parts.py   what these have in common: title, figures, curves, log
curves.py    loss and accuracy by epoch
pending.py   an address that names a run which an import is about to begin
waiting.py   what runs and waits, with Stop, and arrows that change the order
sweep.py     several settings at once: the form, and the button that queues the runs
sweep_panel.py   one sweep: how far it is, what did best, the way on
sweep_list.py    all sweeps
history.py   the table of all runs: open one, tick several
compare.py   several runs side by side: curves, figures, settings that differ
"""
