"""Perceptual hashes are those of imagehash."""

from __future__ import annotations

import imagehash
import numpy as np
from PIL import Image
from skimage import data as photos
from sklearn.datasets import load_digits

from core.data.phash import phash, tones_of


def test_hashes_are_those_of_imagehash():
    digits = [Image.fromarray(np.round(digit * 255 / 16).astype(np.uint8)) for digit in load_digits().images[:100]]
    pictures = [*digits, *(Image.fromarray(photo()) for photo in (photos.coffee, photos.chelsea, photos.camera))]
    assert phash([tones_of(picture) for picture in pictures]) == [str(imagehash.phash(picture)) for picture in pictures]


def test_no_pictures_have_no_hashes():
    assert phash([]) == []
