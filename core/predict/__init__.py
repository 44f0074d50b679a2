"""Predictor (preprocess, infer, decide), export to LiteRT and its parity with Keras."""
