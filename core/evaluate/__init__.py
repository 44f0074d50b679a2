"""Probabilities -> figures with their uncertainty.

metrics.py      figures of labels and probabilities with their intervals; no files, no models
per_class.py    figures of each class against the rest
losses.py       what each answer loses
untested.py     classes without an image among those that a figure is of
undefined.py    why a figure cannot be told
class_sums.py   figures of a confusion matrix, for many resamples at once
uncertainty.py  their intervals, of independent images and by group
bootstrap.py    resampling
ranking.py      intervals of average precision and ROC AUC
intervals.py    Wilson's interval, and its form for other figures
shares.py       shares of images that are right, of all or part by part, and what they are worth by group
resolution.py   what a test set can tell and what it cannot
renaming.py     another name for a data set, in its runs and evaluations too
evaluation.py   a run on a split: compute, keep, read again
known_images.py  which images a run can be asked about, and what its classes are called there
completion.py   figures made anew of what was kept, where an earlier Fovea made fewer or another temperature is in use
overlap.py      images of an evaluation that the run had before it
answers.py      what was kept, as arrays: what all further figures are made of
conditions.py  what robustness is measured under
corruptions/   the 15 common corruptions at 5 severities
moves.py       pictures turned, shifted and scaled
attacks.py     FGSM and PGD; gradients.py tells the backends apart
measuring.py   measures robustness
robustness.py  what was found, and where it is kept
confusion.py   which classes are taken for which: counts, shares, pairs
similarity.py  an order of classes in which the confused ones are neighbours, and blocks of it
confusion_look.py, confusion_picture.py, lettering.py   how a cell looks; the matrix as a PNG; fonts for it
slice_columns.py  what answered images can be told apart by
slice_search.py   which slices do worse than chance would explain
slices.py      those slices described, and kept
disparity.py   how much results differ between the parts of a column
paired.py      runs beside each other on the same images, and the verdict
mcnemar.py     the exact test of that, and how many images it takes
paired_interval.py  intervals of the difference
learning_curve.py   what more data should bring
generalisation.py   whether a training knows its training images alone
calibration.py  reliability by bins of confidence, the calibration errors, and what all answers claim
temperature.py  temperature scaling
selective.py   a threshold under which no answer is given, with a promise; error by coverage
conformal.py   sets of classes that hold the true one as often as was asked
curves.py      precision, recall and false alarms of one class by threshold, and thresholds by cost
calibrated.py  a run's temperature, kept in its folder
validated.py   what a run answers to its validation images
recalibration.py  its temperature fitted, switched on or off, and all that follows
class_threshold.py  from which probability on a run says one class, kept in its folder
rule.py        when a run says "I don't know", kept in its folder
"""
