"""What the Augment page needs and no other page.

chosen.py      the operations in hand, in the address; presets and saved ones
operations.py  the switches, strengths and their order
grid.py        originals beside their draws
strength.py    one operation from weak to strong
"""
