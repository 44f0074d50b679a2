"""Probabilities -> figures with their uncertainty.

metrics.py     figures of labels and probabilities; no files, no models
evaluation.py  a run on a split: compute, keep, read again
"""
