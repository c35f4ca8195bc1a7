#!/usr/bin/env python3
"""Loads what `thaw-cli export` writes with the programs it is meant for and compares their answers with
`thaw-cli predict`.

    python3 -m venv venv && venv/bin/pip install torch safetensors numpy pillow
    venv/bin/python tests/peers/check_exports.py build/release/app/cli/thaw-cli RUN PICTURE…

Run by hand: it needs packages from PyPI and a trained run (inputs resized with the rule "stretch"). Exit
status 0 when every answer agrees.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import safetensors.torch
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from safetensors import safe_open

# Both compute in float32, by other libraries and in another order.
TOLERANCE_SCRIPT = 1e-4
# Decoders of JPEG differ by a level here and there; the probability moves by less than this.
TOLERANCE_PICTURE = 5e-3


def call(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(str(word) for word in words)}: {done.stderr.strip()}")
    return done.stdout


def pixels(path, side):
    """[1, 3, side, side], RGB 0–255: decoded by Pillow, resized by PyTorch as Keras's loader does."""
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    tensor = torch.from_numpy(np.array(image, dtype=np.float32)).permute(2, 0, 1)[None]
    return F.interpolate(tensor, size=(side, side), mode="bilinear", align_corners=False, antialias=False)


def plain_forward(tensors, metadata, x):
    """The network written again from the safetensors file's description alone."""
    numbers = lambda key: torch.tensor([float(v) for v in json.loads(metadata[key])]).view(1, 3, 1, 1)
    if metadata["preprocessing.order"].upper() == "BGR":
        x = x.flip(1)
    x = (x * float(metadata["preprocessing.scale"]) - numbers("preprocessing.mean")) / numbers("preprocessing.std")
    convolutions = sorted({int(name.split(".")[1]) for name in tensors if name.startswith("features.")})
    assert convolutions == [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28], convolutions
    for index in convolutions:
        x = F.relu(F.conv2d(x, tensors[f"features.{index}.weight"], tensors[f"features.{index}.bias"], padding=1))
        if index in (2, 7, 14, 21, 28):
            x = F.max_pool2d(x, 2)
    if "head.dense.weight" in tensors:
        x = F.linear(x.mean((2, 3)), tensors["head.dense.weight"], tensors["head.dense.bias"])
    else:
        assert metadata["flatten"] == "HWC"
        x = x.permute(0, 2, 3, 1).flatten(1)
        x = F.linear(x, tensors["head.dense1.weight"], tensors["head.dense1.bias"])
        x = F.linear(x, tensors["head.dense2.weight"], tensors["head.dense2.bias"])
    if x.shape[1] == 1:
        positive = torch.sigmoid(x)
        return torch.cat([1 - positive, positive], 1)
    return torch.softmax(x, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cli", help="the built thaw-cli")
    parser.add_argument("run", help="a run folder with best.safetensors")
    parser.add_argument("pictures", nargs="+", help="picture files")
    arguments = parser.parse_args()

    predicted = call(arguments.cli, "predict", arguments.run, *arguments.pictures, "--precision", "float32",
                     "--json").splitlines()
    answers = [json.loads(line) for line in predicted]
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "model.pt"
        weights = pathlib.Path(folder) / "model.safetensors"
        call(arguments.cli, "export", arguments.run, "--format", "torchscript", "--out", script)
        call(arguments.cli, "export", arguments.run, "--format", "safetensors", "--out", weights)

        extra = {"thaw.json": ""}
        module = torch.jit.load(str(script), map_location="cpu", _extra_files=extra)
        description = json.loads(extra["thaw.json"])
        tensors = safetensors.torch.load_file(str(weights))
        with safe_open(str(weights), framework="numpy") as opened:
            metadata = opened.metadata()
    classes = description["classes"]
    assert json.loads(metadata["classes"]) == classes
    assert int(metadata["input_size"]) == description["input"]["size"]
    assert description["input"]["resize"] == "stretch", "only the rule stretch is rebuilt here"

    between = 0.0
    against = 0.0
    labels = 0
    readable = [answer for answer in answers if "error" not in answer]
    with torch.no_grad():
        for answer in readable:
            x = pixels(answer["path"], description["input"]["size"])
            scripted = module(x)[0]
            rebuilt = plain_forward(tensors, metadata, x)[0]
            told = torch.tensor([answer["probabilities"][name] for name in classes])
            between = max(between, (scripted - rebuilt).abs().max().item())
            against = max(against, (scripted - told).abs().max().item())
            labels += classes[int(scripted.argmax())] == answer["label"]
    print(f"PyTorch {torch.__version__}, {len(readable)} pictures of {len(answers)}, classes {', '.join(classes)}")
    print(f"TorchScript against the network rebuilt from safetensors: {between:.2e} at most")
    print(f"TorchScript against thaw-cli predict: {against:.2e} at most, {labels} labels alike")
    agrees = between <= TOLERANCE_SCRIPT and against <= TOLERANCE_PICTURE and labels == len(readable) > 0
    print("All agree." if agrees else "They DISAGREE.")
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main())
