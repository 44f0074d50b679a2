"""Sources -> scan -> Dataset; checks; splits; the packed array.

sources/    what a person points at, as a list of pictures with labels
scan.py     every picture decoded once: facts, hashes, thumbnail, packed pixels
splits.py   who is in train, val and test
edits.py    what a person can change; edit.py makes the next version of it, and undoes
on_top.py   edits of one version on top of a newer one; difference.py says in words what changed
mend.py     findings -> edits
publish.py  how a version appears on disk
export_data.py  a version as an archive
add.py      source -> scan -> splits -> a version on disk
append.py   more pictures for a data set that is there
collect.py  pictures that come one by one, before they are a data set
dataset.py  what a version is, and reading it
shelf.py    list, rename, delete
packed.py   the uint8 array that training and evaluation read
embeddings.py   what a network sees in each picture, as vectors; the pictures most alike
projection.py   the vectors as a map
outliers.py  pictures that look like nothing else
checks.py   what is wrong with it
"""
