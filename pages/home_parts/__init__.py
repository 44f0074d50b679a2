"""What the page Home is made of.

start.py    the one click from nothing to a training
steps.py    Data, Train, Evaluate, Try it: what is there, and one button each
runs.py     the newest runs as a table
machine.py  processors, memory and GPUs
"""
