"""The 15 common corruptions at 5 severities, written anew.

Source: D. Hendrycks, T. Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
Perturbations", arXiv:1903.12261. Strengths are those that its authors published for 224 pixels (ImageNet-C) and
for 32 pixels (CIFAR-10-C), but where `docs/evaluation.md` says otherwise.

table.py      the table: what there is, how strong it is, and `corrupt`
strengths.py  how strong a corruption is at other sizes
noise.py, blur.py, weather.py, digital.py   the four families
ice.py        the frost's texture
sampling.py   pictures sampled at other places, along lines, through kernels
drawing.py    random numbers that belong to a picture
"""

from core.evaluate.corruptions.table import CORRUPTIONS, FAMILIES, SEVERITIES, Corruption, corrupt

__all__ = ["CORRUPTIONS", "FAMILIES", "SEVERITIES", "Corruption", "corrupt"]
