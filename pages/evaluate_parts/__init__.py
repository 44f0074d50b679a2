"""What the page Evaluate needs and no other.

asked.py        which data and split is asked about
missing.py      an evaluation that is not there yet: start, watch, cancel
verdict.py      the sentence, the interval, the other figures
confusion.py    the matrix or the pairs, beside the images of what is in hand
confusion_hand.py, confusion_images.py      the cell in hand; its images, and lists that choose it
confusion_matrix.py, confusion_choices.py   the matrix; what of it is shown and in which order
confusion_cells.py, confusion_chart.py      the cells to draw; the chart of them
confusion_blocks.py, confusion_pairs.py     many classes in blocks; the most confused pairs
confusion_files.py                          the CSV and the PNG
classes.py      bars and table of the classes
slices.py       parts of the images that do worse, and their pictures
slice_findings.py  those that were found by themselves
slice_bands.py  results by one column
calibration.py  does a probability mean what it says: the diagram and its images
temperature.py  the temperature: fit it, what it does, use it
decide.py       from probabilities to answers, in three ways:
withhold.py     "I don't know" under a threshold
class_sets.py   sets of classes that hold the true one
one_class.py    a threshold for one class
arrays.py       answers as arrays, with the temperature; those of validation
mistakes.py     the most confident mistakes
robustness.py   how often it is right on damaged pictures: the states of a measurement, and what it found
robustness_ask.py, robustness_grid.py, robustness_heat.py, robustness_curves.py, robustness_classes.py   its parts
predictions.py  every answer, and the CSV
compare_models.py   this run beside others: the verdict
split_opinions.py   where two runs part: who is right, class by class
difference_chart.py differences as dots with intervals around zero
more_data.py        a learning curve, and what doubling the data should bring
pictures.py     answered images as tiles, and one of them large
"""
