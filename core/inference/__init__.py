"""Answers of .tflite files by LiteRT, without TensorFlow.

pool.py      a thread-safe pool of interpreters for one file
embedder.py  what EfficientNet-Lite0 sees in a picture: an embedding, and ImageNet's classes
"""

from core.inference.pool import BATCH, InterpreterPool

__all__ = ["BATCH", "InterpreterPool"]
