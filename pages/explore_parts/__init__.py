"""What the page Explore is made of.

importing.py   the import that is under way, or how it ended
add_data.py    the doors by which data comes in
outlined.py    what a source would become, before it is taken
collect.py     recording with the webcam, and saving what came
recorder.py    the webcam in the browser
destination.py where pictures that came one by one are saved
findings.py    what is wrong, in kinds
filters.py     what of the data is looked at: class, split, finding, part of the path
limits.py      from where on something counts as a finding
bars.py        images by class and split; a click filters
tiles.py       the gallery, page by page
large_view.py  one picture at true pixels, with facts and its neighbours
alike.py       the images most like one
map.py         every image as a point; a lasso fills a gallery
scatter.py     the points on a canvas; scatter.js is its side in the browser
embedding.py   what map and likeness need, and how far it is
sizes.py       widths, heights, colours and formats
left_out.py    what was left out, with reasons
versions.py    versions with what changed, the way back, rename and delete
export_version.py  a version as an archive to fetch
edit_selection.py  selecting tiles, and what can be done with them
edit_classes.py    renaming and merging classes
edit_findings.py   from a finding to the changes that mend it
"""
