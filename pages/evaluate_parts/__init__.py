"""What the page Evaluate needs and no other.

asked.py        which data and split is asked about
missing.py      an evaluation that is not there yet: start, watch, cancel
verdict.py      the sentence, the interval, the other figures
confusion.py    the matrix and the images of a cell
classes.py      bars and table of the classes
mistakes.py     the most confident mistakes
predictions.py  every answer, and the CSV
pictures.py     answered images as tiles, and one of them large
"""
