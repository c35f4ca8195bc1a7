#!/usr/bin/env python3
"""Compares the maps that `thaw-cli explain` writes with those of PyTorch, pytorch-grad-cam and Captum.

    python3 -m venv venv && venv/bin/pip install torch safetensors numpy pillow grad-cam captum
    venv/bin/python tests/peers/check_maps.py build/release/app/cli/thaw-cli RUN PICTURE…

Run by hand: it needs packages from PyPI and a trained run (inputs resized with the rule "stretch"). What is not
installed of pytorch-grad-cam ("grad-cam") and Captum is left out. Exit status 0 when every map agrees.
"""

import argparse
import json
import pathlib
import sys
import tempfile

import numpy as np
import safetensors.torch
import torch
from check_exports import call, pixels
from PIL import Image, ImageOps
from safetensors import safe_open

try:
    import pytorch_grad_cam
    from pytorch_grad_cam.utils.model_targets import BinaryClassifierOutputTarget, ClassifierOutputTarget
except ImportError:
    pytorch_grad_cam = None
try:
    import captum.attr
except ImportError:
    captum = None

# Of the map's largest value: float32 by other libraries, in another order.
TOLERANCE = 1e-4
# Captum's patches cover whole pixels, which ours do too where the side divides by ten.
OCCLUSION_STRIPS = 10


class Network(torch.nn.Module):
    """Written again from the safetensors file's description alone; takes the network's own input."""

    def __init__(self, tensors):
        super().__init__()
        layers = {}
        for index in (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28):
            kernel = tensors[f"features.{index}.weight"]
            layers[index] = torch.nn.Conv2d(kernel.shape[1], kernel.shape[0], 3, padding=1)
            layers[index].weight.data, layers[index].bias.data = kernel, tensors[f"features.{index}.bias"]
            layers[index + 1] = torch.nn.ReLU()
        for index in (4, 9, 16, 23, 30):
            layers[index] = torch.nn.MaxPool2d(2)
        self.features = torch.nn.Sequential(*(layers[index] for index in range(31)))
        self.head = {name: tensor for name, tensor in tensors.items() if name.startswith("head.")}

    def dense(self, name, x):
        return torch.nn.functional.linear(x, self.head[f"head.{name}.weight"], self.head[f"head.{name}.bias"])

    def forward(self, x):
        x = self.features(x)
        if "head.dense.weight" not in self.head:
            return self.dense("dense2", self.dense("dense1", x.permute(0, 2, 3, 1).flatten(1)))
        pooled = x.mean((2, 3))
        if self.head["head.dense.weight"].shape[1] == 2 * pooled.shape[1]:
            pooled = torch.cat([pooled, x.amax((2, 3)) / 16], 1)
        return self.dense("dense", pooled)


def place_of_relu(layer):
    """The index in torchvision's `features` of what follows "block5_conv3"."""
    names = [f"block{b}_conv{c}" for b, n in enumerate((2, 2, 3, 3, 3), 1) for c in range(1, n + 1)]
    return (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)[names.index(layer)] + 1


def network_input(x, metadata):
    numbers = lambda key: torch.tensor([float(v) for v in json.loads(metadata[key])]).view(1, 3, 1, 1)
    if metadata["preprocessing.order"].upper() == "BGR":
        x = x.flip(1)
    return (x * float(metadata["preprocessing.scale"]) - numbers("preprocessing.mean")) / numbers("preprocessing.std")


class Asked:
    """One class's score of one picture."""

    def __init__(self, network, metadata, classes, answer):
        self.network = network
        self.label = classes.index(answer["class"])
        self.side = int(metadata["input_size"])
        self.x = network_input(pixels(answer["path"], self.side), metadata)
        self.layer = network.features[place_of_relu(answer["layer"])] if answer["layer"] else None

    def score(self, x):
        logits = self.network(x)
        return logits[:, 0] * (2 * self.label - 1) if logits.shape[1] == 1 else logits[:, self.label]


def by_pytorch(asked, method):
    if method == "occlusion":
        return occlusion_by_pytorch(asked)
    held = {}
    hook = asked.layer.register_forward_hook(lambda module, inputs, output: held.update(value=output))
    score = asked.score(asked.x.requires_grad_())
    hook.remove()
    gradient = torch.autograd.grad(score.sum(), held["value"])[0]
    weights = gradient if method == "hirescam" else gradient.mean((2, 3), keepdim=True)
    return (weights * held["value"]).sum(1)[0].detach().numpy()


def occlusion_by_pytorch(asked):
    edges = [(2 * i * asked.side + OCCLUSION_STRIPS) // (2 * OCCLUSION_STRIPS) for i in range(OCCLUSION_STRIPS + 1)]
    sums, counts = np.zeros((2, OCCLUSION_STRIPS, OCCLUSION_STRIPS))
    with torch.no_grad():
        whole = asked.score(asked.x).item()
        for row in range(OCCLUSION_STRIPS - 1):
            for column in range(OCCLUSION_STRIPS - 1):
                covered = asked.x.clone()
                covered[:, :, edges[row] : edges[row + 2], edges[column] : edges[column + 2]] = 0
                sums[row : row + 2, column : column + 2] += whole - asked.score(covered).item()
                counts[row : row + 2, column : column + 2] += 1
    return sums / counts


def by_grad_cam(asked, method):
    if pytorch_grad_cam is None or method == "occlusion":
        return None
    kind = {"hirescam": pytorch_grad_cam.HiResCAM, "gradcam": pytorch_grad_cam.GradCAM}[method]
    one = asked.network(asked.x).shape[1] == 1
    targets = [BinaryClassifierOutputTarget(asked.label) if one else ClassifierOutputTarget(asked.label)]
    with kind(model=asked.network, target_layers=[asked.layer]) as cam:
        cam(input_tensor=asked.x, targets=targets)
        held = cam.activations_and_grads
        arrays = [held.activations[0].detach().numpy(), held.gradients[0].detach().numpy()]
        return cam.get_cam_image(asked.x, asked.layer, targets, *arrays, False)[0]


def by_captum(asked, method):
    if captum is None or (method == "occlusion" and asked.side % OCCLUSION_STRIPS):
        return None
    if method == "hirescam":
        product = captum.attr.LayerGradientXActivation(asked.score, asked.layer).attribute(asked.x)
        return product.sum(1)[0].detach().numpy()
    if method == "gradcam":
        return captum.attr.LayerGradCam(asked.score, asked.layer).attribute(asked.x)[0, 0].detach().numpy()
    step = asked.side // OCCLUSION_STRIPS
    fall = captum.attr.Occlusion(asked.score).attribute(
        asked.x.detach(), sliding_window_shapes=(3, 2 * step, 2 * step), strides=(3, step, step), baselines=0
    )
    return fall[0, 0, step // 2 :: step, step // 2 :: step].detach().numpy()


PEERS = {"PyTorch": by_pytorch, "pytorch-grad-cam": by_grad_cam, "Captum": by_captum}


def as_png(pictures, folder):
    """Decoded once, so that two decoders of JPEG make no difference."""
    files = []
    for number, path in enumerate(pictures):
        files.append(folder / f"{number}.png")
        ImageOps.exif_transpose(Image.open(path)).convert("RGB").save(files[-1])
    return files


def compared(answer, asked, method):
    """Of each peer the largest difference as a share of its largest value."""
    tensors = safetensors.torch.load_file(answer["map_file"])
    ours = tensors["map"].numpy()
    before = tensors.get("map_before_relu", tensors["map"]).numpy()
    assert np.array_equal(ours, np.array(answer["map"], np.float32)), "the file and the JSON differ"
    shares = {}
    for name, peer in PEERS.items():
        reference = peer(asked, method)
        if reference is None:
            continue
        drawn = reference if method == "occlusion" else np.maximum(reference, 0)
        largest = np.abs(reference).max()
        shares[name] = max(np.abs(before - reference).max(), np.abs(ours - drawn).max()) / largest
    return shares


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cli", help="the built thaw-cli")
    parser.add_argument("run", help="a run folder with best.safetensors")
    parser.add_argument("pictures", nargs="+", help="picture files")
    parser.add_argument("--layers", nargs="+", default=["block5_conv3", "block4_conv3", "block5_conv1"])
    parser.add_argument("--occluded", type=int, default=2, help="how many of the pictures to occlude, which is slow")
    arguments = parser.parse_args()

    worst = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pictures = as_png(arguments.pictures, folder)
        weights = folder / "model.safetensors"
        call(arguments.cli, "export", arguments.run, "--format", "safetensors", "--out", weights)
        with safe_open(str(weights), framework="numpy") as opened:
            metadata = opened.metadata()
        assert metadata["resize"] == "stretch", "only the rule stretch is rebuilt here"
        network = Network(safetensors.torch.load_file(str(weights)))
        classes = json.loads(metadata["classes"])
        asked_for = [(method, layer) for method in ("hirescam", "gradcam") for layer in arguments.layers]
        for method, layer in [*asked_for, ("occlusion", arguments.layers[0])]:
            some = pictures[: arguments.occluded] if method == "occlusion" else pictures
            shares = {}
            for label in classes[:3]:
                out = folder / f"{method}-{layer}-{classes.index(label)}"
                lines = call(arguments.cli, "explain", arguments.run, *some, "--method", method, "--layer", layer,
                             "--class", label, "--out", out, "--json").splitlines()
                for answer in map(json.loads, lines):
                    for peer, share in compared(answer, Asked(network, metadata, classes, answer), method).items():
                        shares.setdefault(peer, []).append(share)
            of = "" if method == "occlusion" else f" of {layer}"
            for peer, all_shares in shares.items():
                print(f"{method}{of}, {len(all_shares)} maps, against {peer}: {max(all_shares):.1e} of the largest value")
                worst = max(worst, *all_shares)
    agrees = 0 < worst <= TOLERANCE
    print("All agree." if agrees else "They DISAGREE.")
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main())
