"""What the page Classify needs and no other.

answers.py  what a run says to the pictures of this visit
one.py      one picture and its answer, large
many.py     many pictures, the doubtful first, and the CSV
"""
