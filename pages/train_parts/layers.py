"""The network that is being set, as a column of its layers with output shapes and parameter counts.

The helper process builds it, so nothing here waits: until its answer is there, a line says so.
"""

from __future__ import annotations

import html
from typing import Any

import streamlit as st

from core.errors import FoveaError
from core.train.config import TrainConfig
from pages.shared.cached import network_layers
from pages.shared.charts import palette
from pages.shared.messages import count, plain

LOOK_EVERY_SECONDS = 0.5
CSS = """<style>
.layers {{ max-height: 460px; overflow: auto; border: 1px solid {line}; border-radius: 8px; }}
.layers table {{ width: 100%; border-collapse: collapse; margin: 0; font-size: 13px; font-variant-numeric: tabular-nums; }}
.layers th, .layers td {{ border: 0; padding: 4px 10px; text-align: left; white-space: nowrap; }}
.layers thead th {{ position: sticky; top: 0; background: {ground}; color: {muted}; font-weight: 400;
  border-bottom: 1px solid {line}; }}
.layers tbody th {{ font-weight: 600; }}
.layers .light th, .layers .light td {{ font-weight: 400; color: {muted}; }}
.layers .number {{ text-align: right; }}
.layers .bar {{ display: block; height: 3px; border-radius: 2px; background: {accent}; margin-left: auto; }}
</style>"""


def show(config: TrainConfig, channels: int, num_classes: int) -> None:
    """Draw the network of a resolved config, or say that it is on its way."""
    assert config.image_size is not None
    shape = (config.image_size, config.image_size, channels)
    arguments = (config.architecture, config.architecture_options, shape, num_classes)
    found = network_layers(*arguments)
    if not found.done():
        _wait(*arguments)
        return
    try:
        layers = found.result()
    except FoveaError as error:
        st.caption(f"The layers cannot be drawn now, which changes nothing else. {plain(str(error))}")
        return
    _draw(layers)


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def _wait(architecture: str, options: dict[str, Any], shape: tuple[int, int, int], num_classes: int) -> None:
    if network_layers(architecture, options, shape, num_classes).done():
        st.rerun()
    st.caption("The layers are being drawn. The first time takes some seconds.")


def _draw(layers: list[dict[str, Any]]) -> None:
    total = sum(layer["parameters"] for layer in layers)
    learnt = sum(layer["parameters"] > 0 for layer in layers)
    st.markdown(f"**{count(total, 'parameters', 'parameter')}** in {count(learnt, 'layers', 'layer')}")
    most = max(layer["parameters"] for layer in layers)
    colours = palette()
    style = CSS.format(line=colours.line, ground=colours.ground, muted=colours.muted, accent=colours.accent)
    rows = "".join(_row(layer, most) for layer in layers)
    head = '<thead><tr><th>Layer</th><th>Output</th><th class="number">Parameters</th></tr></thead>'
    st.html(
        f'{style}<div class="layers" tabindex="0" role="region" aria-label="Layers of the network">'
        f"<table>{head}<tbody>{rows}</tbody></table></div>"
    )


def _row(layer: dict[str, Any], most: int) -> str:
    parameters = layer["parameters"]
    shape = " × ".join(str(side) for side in layer["output_shape"])
    bar = f'<span class="bar" style="width: {max(parameters / most * 100, 1):.0f}%"></span>' if parameters else ""
    return (
        f'<tr class="{"" if parameters else "light"}" title="{html.escape(layer["name"])}">'
        f'<th scope="row">{html.escape(layer["kind"])}</th><td>{shape}</td>'
        f'<td class="number">{f"{parameters:,}" if parameters else "–"}{bar}</td></tr>'
    )
