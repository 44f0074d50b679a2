"""What the Augment page needs and no other page.

chosen.py      the operations in hand, in the address; presets and saved ones
operations.py  the switches in their groups: strength, probability, a small before and after
order.py       what is done first
grid.py        originals beside their draws
strength.py    one operation from weak to strong
survival.py    how often a model's answer survives, and what that warns of
"""
