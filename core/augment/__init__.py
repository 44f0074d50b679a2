"""AugmentConfig -> layers. The preview and the training use the same ones.

config.py      what is chosen; needs no Keras
operations.py  the table of operations: what each does, its range, its layer
advice.py      which of them are likely to destroy labels
pictures.py    what Keras has no layer for, as functions
layers.py      layers that hold those functions, or other layers
automatic.py   operations made of others: RandAugment, AugMix, colour jitter
pipeline.py    a config as one layer, and its random state
saved.py       configs that people saved by name
speed.py       images a second
"""
