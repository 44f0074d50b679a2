"""Feeding speed: how fast batches of 224 × 224 come, from the packed array and from Keras' loader."""

from __future__ import annotations

from benchmarks.comparison import HERE, Comparison, alternate, median_of_pairs, run_json
from benchmarks.options import Options

BAR = 10.0
SIZE = 224


def compare(options: Options) -> Comparison:
    """Both from the second epoch, in random order, batches of 32 in float32."""
    folder, workspace = options.photo_folder, options.folder / "feeding"
    run_json("-m", "benchmarks.fovea_importing", workspace, folder, "photos", str(SIZE))

    def fovea(pair: int) -> float:
        return run_json("-m", "benchmarks.fovea_feeding", workspace, "photos", str(SIZE))["images_per_second"][1]

    def beside(pair: int) -> float:
        return run_json(HERE / "plain_loader.py", folder, "--size", str(SIZE))["images_per_second"][1]

    return Comparison(
        "feeding",
        "images/s",
        **median_of_pairs(*alternate(options.pairs, fovea, beside)),
        bar=BAR,
        beside_what=f"image_dataset_from_directory over the same {options.photo_count} JPEGs of 1024 × 768",
    )
