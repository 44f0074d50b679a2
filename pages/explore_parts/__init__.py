"""What the page Explore is made of.

importing.py   the import that is under way, or how it ended
add_data.py    the doors by which data comes in
collect.py     recording with the webcam, and saving what came
recorder.py    the webcam in the browser
destination.py where pictures that came one by one are saved
findings.py    what is wrong, in kinds
filters.py     what of the data is looked at: class, split, finding, part of the path
bars.py        images by class and split; a click filters
tiles.py       the gallery, page by page
large_view.py  one picture at true pixels, with facts and neighbours
sizes.py       widths, heights, colours and formats
left_out.py    files that were left out, with reasons
versions.py    versions, disk space, rename and delete
"""
