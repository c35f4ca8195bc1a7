#!/usr/bin/env python3
"""Makes tests/golden/data/maps.json with PyTorch: maps of Grad-CAM and HiResCAM, and of occlusion.

    python3 -m venv VENV && VENV/bin/pip install torch numpy h5py pillow
    VENV/bin/python tests/golden/make_maps_golden.py

Every number written here was computed by PyTorch in float64; nothing of Thaw is asked. It needs the weights and
pictures that make_golden.py wrote, and gives the same bytes each time. data/README.md says what the file holds.
"""

import json
import pathlib

import h5py
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

DATA = pathlib.Path(__file__).resolve().parent / "data"
PICTURES = ["p03.png", "p10.png"]  # 72 × 72, as the network takes them: nothing is resized
BLOCKS = (2, 2, 3, 3, 3)
NAMES = [f"block{block}_conv{i}" for block, count in enumerate(BLOCKS, 1) for i in range(1, count + 1)]
HEADS = [("book", 2), ("book", 3), ("pooled", 3), ("average-max", 2)]
LAYERS = ["block5_conv3", "block4_conv2"]
STRIPS = 10


def load_base():
    """Kernels [out, in, 3, 3] and biases in order, from Keras's file."""
    layers = []
    with h5py.File(DATA / "narrow.weights.h5") as file:
        for i in range(len(NAMES)):
            values = file[f"layers/conv2d{f'_{i}' if i else ''}/vars"]
            kernel = torch.tensor(values["0"][...]).permute(3, 2, 0, 1).double()
            layers.append((kernel, torch.tensor(values["1"][...]).double()))
    return layers


def load_picture(name):
    """[1, 3, H, W] in the Caffe convention: BGR, the mean taken away."""
    pixels = np.asarray(Image.open(DATA / "pictures" / name).convert("RGB"), np.float64)
    bgr = pixels[..., ::-1] - np.array([103.939, 116.779, 123.68])
    return torch.tensor(bgr.copy()).permute(2, 0, 1)[None]


def sine_dense(inputs, outputs, scale):
    """Kernel [j, i] = scale · sin(0.1 i + 0.7 j), rounded to float32, and bias[j] = 0.001 · (j + 1)."""
    j, i = np.mgrid[0:outputs, 0:inputs]
    kernel = (scale * np.sin(0.1 * i + 0.7 * j)).astype(np.float32)
    bias = (0.001 * (np.arange(outputs) + 1)).astype(np.float32)
    return torch.tensor(kernel).double(), torch.tensor(bias).double()


class Network:
    def __init__(self, head, classes, side):
        self.base = load_base()
        self.head = head
        channels = self.base[-1][0].shape[0]
        outputs = 1 if classes == 2 else classes
        if head == "book":
            self.dense = [sine_dense(channels * (side // 32) ** 2, 256, 0.01), sine_dense(256, outputs, 0.02)]
        else:
            self.dense = [sine_dense(channels * (2 if head == "average-max" else 1), outputs, 0.02)]

    def forward(self, x, kept=None):
        """Logits, and the output of the layer called `kept` after its ReLU."""
        activation, convolution = None, 0
        for count in BLOCKS:
            for _ in range(count):
                kernel, bias = self.base[convolution]
                x = F.relu(F.conv2d(x, kernel, bias, padding=1))
                if NAMES[convolution] == kept:
                    activation = x
                convolution += 1
            x = F.max_pool2d(x, 2)
        if self.head == "book":
            x = x.permute(0, 2, 3, 1).flatten(1)
        else:
            average, maximum = x.mean((2, 3)), x.amax((2, 3)) / 16
            x = torch.cat([average, maximum], 1) if self.head == "average-max" else average
        for kernel, bias in self.dense:
            x = F.linear(x, kernel, bias)
        return x, activation


def score_of(logits, label):
    return logits[:, 0] * (2 * label - 1) if logits.shape[1] == 1 else logits[:, label]


def evidence(network, x, method, layer, label):
    if method == "occlusion":
        return occlusion(network, x, label)
    logits, activation = network.forward(x.clone().requires_grad_(), layer)
    score = score_of(logits, label).sum()
    gradient = torch.autograd.grad(score, activation)[0]
    weights = gradient.mean((2, 3), keepdim=True) if method == "gradcam" else gradient
    return score.item(), (weights * activation).sum(1)[0].detach()


def occlusion(network, x, label):
    side = x.shape[-1]
    edges = [(2 * i * side + STRIPS) // (2 * STRIPS) for i in range(STRIPS + 1)]
    sums, counts = torch.zeros(2, STRIPS, STRIPS, dtype=torch.float64)
    with torch.no_grad():
        score = score_of(network.forward(x)[0], label).item()
        for row in range(STRIPS - 1):
            for column in range(STRIPS - 1):
                covered = x.clone()
                covered[:, :, edges[row] : edges[row + 2], edges[column] : edges[column + 2]] = 0
                fall = score - score_of(network.forward(covered)[0], label).item()
                sums[row : row + 2, column : column + 2] += fall
                counts[row : row + 2, column : column + 2] += 1
    return score, sums / counts


def main():
    maps = []
    for head, classes in HEADS:
        for picture in PICTURES:
            x = load_picture(picture)
            network = Network(head, classes, x.shape[-1])
            for method, layer in [(m, l) for m in ("hirescam", "gradcam") for l in LAYERS] + [("occlusion", "")]:
                for label in (0, classes - 1):
                    score, values = evidence(network, x, method, layer, label)
                    maps.append(
                        {
                            "head": head,
                            "classes": classes,
                            "picture": picture,
                            "method": method,
                            "layer": layer,
                            "label": label,
                            "logit": score,
                            "shape": list(values.shape),
                            "evidence": [float(f"{value:.9g}") for value in values.flatten().tolist()],
                        }
                    )
    text = ",\n".join(json.dumps(each) for each in maps)
    versions = json.dumps({"torch": torch.__version__, "numpy": np.__version__})
    (DATA / "maps.json").write_text(f'{{"versions": {versions}, "maps": [\n{text}\n]}}\n')


if __name__ == "__main__":
    main()
