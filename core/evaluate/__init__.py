"""Probabilities -> figures with their uncertainty.

metrics.py     figures of labels and probabilities; no files, no models
renaming.py    another name for a data set, in its runs and evaluations too
evaluation.py  a run on a split: compute, keep, read again
answers.py     what was kept, as arrays: what all further figures are made of
"""
