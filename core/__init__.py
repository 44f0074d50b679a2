"""Everything of Fovea that works without a screen. Nothing in here imports streamlit.

Data flows one way: data -> augment -> models -> train -> evaluate -> predict -> jobs.
`errors`, `workspace`, `images` and `inference` are the ground floor that all of them stand on.
"""
