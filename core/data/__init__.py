"""Sources -> scan -> Dataset; checks; splits; the packed array.

sources/    what a person points at, as a list of pictures with labels
scan.py     every picture decoded once: facts, hashes, looks, thumbnail, packed pixels
columns.py  what else a manifest says of a picture
staging.py  where an import puts what it has read, and goes on if it was cut off
looks.py    brightness, contrast, blur in numbers
phash.py    perceptual hashes; hamming.py finds pairs of them that are alike, at any number
near.py     near copies: pairs that hashes call alike, looked at once more by alikeness.py
template.py what most pictures of a class or a set share, which makes none of them alike
stars.py    groups of what is alike to one of them, so that no chain is a group
splits.py   who is in train, val and test; what hangs together stays together
split_coverage.py   which of few groups train, validate and test, so that every class stands in each split
add.py      source -> scan -> near copies -> splits -> a version on disk
append.py   more pictures for a data set that is there
collect.py  pictures that come one by one, before they are a data set
collect_log.py  what was done to them, and undoing it
edits.py    what a person can change; edit.py makes the next version of it, and undoes
on_top.py   edits of one version on top of a newer one; difference.py says in words what changed, hand_edits.py what that does to a test split
mend.py     findings -> edits
different.py  pictures that look alike and that a person called different things
same_classes.py  which classes of two versions are the same, whatever they are called
publish.py  how a version appears on disk
dataset.py  what a version is, and reading it
shelf.py    list, rename, delete
packed.py   the uint8 array that training and evaluation read
checks/     what is wrong with it
embeddings.py   what a network sees in each picture, as vectors; the pictures most alike
projection.py   the vectors as a map
outliers.py  pictures that look like nothing else
export_data.py  a version as an archive
"""
