"""TrainConfig -> a trained model.

config.py      what can be set, and whether it fits the data
presets.py     ready-made configs
runs.py        a run's folder: config, state, figures; list, rename, delete
own_classes.py what a run's own classes are called in a data set
training_data.py  the arrays that training reads; the test split is not among them
values.py      settings by name, read from text and put into a config
shares.py      part of the training images, for a learning curve
search.py      which combinations of settings a sweep tries
sweeps.py      a sweep: several runs, and the best of them
more_data.py   the sweep of a learning curve
used.py        which settings mean something beside the others
comparing.py   what differs between the settings of runs
loop.py        the one training function
checkpoint.py  everything needed to go on, in one atomic file
tensorboard.py an event file beside the run, for TensorBoard
environment.py what it ran on
"""
