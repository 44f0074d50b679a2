"""Import speed: decode, check, hash, thumbnail and pack each JPEG, beside Keras' loader decoding alone."""

from __future__ import annotations

from benchmarks.comparison import HERE, Comparison, alternate, median_of_pairs, run_json
from benchmarks.options import Options

BAR = 0.7
SIZE = 224


def compare(options: Options) -> Comparison:
    """The whole of `core.data.add` beside one pass of the loader, its second: the first also sets it up."""
    folder = options.photo_folder

    def fovea(pair: int) -> float:
        workspace = options.folder / f"importing{pair}"
        return run_json("-m", "benchmarks.fovea_importing", workspace, folder, "photos", str(SIZE))["images_per_second"]

    def beside(pair: int) -> float:
        return run_json(HERE / "plain_loader.py", folder, "--size", str(SIZE))["images_per_second"][1]

    return Comparison(
        "importing",
        "images/s",
        **median_of_pairs(*alternate(options.pairs, fovea, beside)),
        bar=BAR,
        beside_what=f"image_dataset_from_directory decoding the same {options.photo_count} JPEGs of 1024 × 768",
    )
