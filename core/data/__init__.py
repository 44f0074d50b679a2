"""Sources -> scan -> Dataset; checks; splits; the packed array.

sources/    what a person points at, as a list of pictures with labels
scan.py     every picture decoded once: facts, hashes, thumbnail, packed pixels
splits.py   who is in train, val and test
add.py      source -> scan -> splits -> a version on disk
append.py   more pictures for a data set that is there
collect.py  pictures that come one by one, before they are a data set
dataset.py  what a version is, and reading it
shelf.py    list, rename, delete
packed.py   the uint8 array that training and evaluation read
checks.py   what is wrong with it
"""
