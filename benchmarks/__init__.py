"""Fovea beside what a user would pick instead, in one run on one machine, as ratios.

`python -m benchmarks` runs all of them, `python -m benchmarks NAME` one. Each side runs in a process of its own,
the two in turn; a ratio is the median of the pairs' ratios, so a busy machine slows both sides alike.

training.py                                      all of training: textbook.py, overhead.py, fast.py and quick.py
coverage.py                                      how often intervals hold the truth: exactly, or by simulation
found_slices.py                                  how often those of slices that a search found do, and what it finds
feeding.py, importing.py, exploring.py, answering.py, evaluating.py, data.py  one comparison each, or two
planted.py                                       faults planted among real pictures, and how many are found
unlike.py                                        images of other things, and how many are called unlike what was taught
plain_textbook.py, plain_features.py, plain_loader.py, plain_answering.py   what a user would write without Fovea
cleanvision_checking.py                          what a user would look for faults with
fovea_training.py, fovea_overhead.py, fovea_feeding.py, fovea_importing.py, fovea_exploring.py, fovea_evaluating.py,
fovea_checking.py                                the same through Fovea's core
evaluations.py                                   what a run of any number of classes answered
photos.py, mosaics.py, scenes.py                 the JPEG files that both sides read
detached.py                                      processor time with that of processes that outlive a command
originals.py                                     the real pictures that faults are planted among
"""
