"""AugmentConfig -> Keras preprocessing layers. The preview and the training use the same layers.

config.py      what is chosen; needs no Keras
operations.py  the table of operations: what each does, its range, its layer
pipeline.py    a config as one Keras model, and its random state
"""
