"""Pictures as a browser should show them."""

from __future__ import annotations

import base64
import io

from PIL import Image

CRISP_SIDE = 384


def crisp(image: Image.Image, side: int = CRISP_SIDE) -> Image.Image:
    """A small picture enlarged by a whole factor, each pixel a sharp square; a large one as it is."""
    factor = side // max(image.size)
    return (
        image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST) if factor > 1 else image
    )


def data_url(image: Image.Image) -> str:
    """The picture itself as an address: PNG where it is small, else JPEG."""
    out = io.BytesIO()
    small = max(image.size) < 64
    image.save(out, "PNG" if small else "JPEG", quality=85)
    return f"data:image/{'png' if small else 'jpeg'};base64,{base64.b64encode(out.getvalue()).decode()}"
