"""Networks that come with weights. They embed pictures; they are no architecture that a training starts from.

efficientnet_lite0.py   4.7 million parameters that learnt ImageNet
keras_weights.py        fetches those of keras.applications
torch_file.py           reads their .pth without PyTorch, and nothing but tensors from it
"""
