"""Predictor (preprocess, infer, calibrate, decide), export to LiteRT and its parity with Keras."""
