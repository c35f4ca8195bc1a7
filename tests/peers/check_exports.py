#!/usr/bin/env python3
"""Loads what `thaw-cli export` writes with the programs it is meant for and compares their answers with
`thaw-cli predict`, from the picture's file to the probability.

    python3 -m venv venv && venv/bin/pip install numpy pillow onnx onnxruntime opencv-python-headless torch safetensors
    venv/bin/python tests/peers/check_exports.py build/release/app/cli/thaw-cli RUN PICTURE…

Run by hand: it needs packages from PyPI and a trained run (inputs resized with the rule "stretch"). Formats whose
packages are missing are left out, and it says so. Exit status 0 when every answer agrees.
"""

import argparse
import ast
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image, ImageOps

# Both compute in float32, by other libraries and in another order.
TOLERANCE = 1e-4


def call(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(str(word) for word in words)}: {done.stderr.strip()}")
    return done.stdout


def decoded(path):
    """[H, W, 3] bytes, upright, transparency on white: as any program would read the file."""
    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return np.array(image.convert("RGB"))


def places(source, target):
    position = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
    low = np.floor(position).astype(int)
    return low, np.minimum(low + 1, source - 1), (position - low).astype(np.float32)


def resized(image, side):
    """[1, 3, side, side] float, 0–255: bilinear by half-pixel centres, written again from docs/exports.md."""
    image = image.astype(np.float32)
    low, high, share = places(image.shape[0], side)
    image = image[low] + (image[high] - image[low]) * share[:, None, None]
    low, high, share = places(image.shape[1], side)
    image = image[:, low] + (image[:, high] - image[:, low]) * share[None, :, None]
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None])


class Torchscript:
    name, format, ending, needs = "TorchScript", "torchscript", "pt", ["torch"]

    def __init__(self, path):
        import torch
        self.torch = torch
        extra = {"thaw.json": ""}
        self.module = torch.jit.load(str(path), map_location="cpu", _extra_files=extra)
        self.description = json.loads(extra["thaw.json"])
        self.reader = f"PyTorch {torch.__version__}"

    def answer(self, image):
        with self.torch.no_grad():
            return self.module(self.torch.from_numpy(resized(image, self.description["input"]["size"])))[0].numpy()


class Safetensors:
    """The network written again from the file's description alone."""
    name, format, ending, needs = "safetensors", "safetensors", "safetensors", ["torch", "safetensors"]

    def __init__(self, path):
        import safetensors.torch
        import torch
        self.torch = torch
        self.tensors = safetensors.torch.load_file(str(path))
        with safetensors.safe_open(str(path), framework="numpy") as opened:
            self.metadata = opened.metadata()
        self.description = {"classes": json.loads(self.metadata["classes"]),
                            "input": {"size": int(self.metadata["input_size"]), "resize": self.metadata["resize"]}}
        self.reader = f"PyTorch {torch.__version__}"

    def answer(self, image):
        torch, tensors, metadata = self.torch, self.tensors, self.metadata
        F = torch.nn.functional
        numbers = lambda key: torch.tensor([float(v) for v in json.loads(metadata[key])]).view(1, 3, 1, 1)
        x = torch.from_numpy(resized(image, self.description["input"]["size"]))
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
            features = [x.mean((2, 3))]
            if metadata["head"] == "average-max":
                features.append(x.amax((2, 3)) / 16)
            x = F.linear(torch.cat(features, 1), tensors["head.dense.weight"], tensors["head.dense.bias"])
        else:
            assert metadata["flatten"] == "HWC"
            x = x.permute(0, 2, 3, 1).flatten(1)
            x = F.linear(x, tensors["head.dense1.weight"], tensors["head.dense1.bias"])
            x = F.linear(x, tensors["head.dense2.weight"], tensors["head.dense2.bias"])
        if x.shape[1] == 1:
            positive = torch.sigmoid(x)
            return torch.cat([1 - positive, positive], 1)[0].numpy()
        return torch.softmax(x, 1)[0].numpy()


class Onnx:
    name, format, ending, needs = "ONNX", "onnx", "onnx", ["onnx", "onnxruntime"]

    def __init__(self, path):
        import onnx
        import onnxruntime
        onnx.checker.check_model(str(path), full_check=True)
        model = onnx.load(str(path))
        assert model.ir_version == 7 and [entry.version for entry in model.opset_import] == [13]
        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        properties = self.session.get_modelmeta().custom_metadata_map
        self.description = json.loads(properties["thaw.preprocess"])
        names = ast.literal_eval(properties["names"])
        assert [names[i] for i in range(len(names))] == self.description["classes"], names
        self.reader = f"onnx {onnx.__version__} (checker), ONNX Runtime {onnxruntime.__version__}"

    def input(self, image):
        return resized(image, self.description["input"]["size"])

    def answer(self, image):
        return self.session.run(["probabilities"], {"image": self.input(image)})[0][0]


class OnnxImage(Onnx):
    name, format = "ONNX for pictures of any size", "onnx-image"

    def input(self, image):
        return image[None]


class OpencvOnnx:
    name, format, ending, needs = "ONNX", "onnx", "onnx", ["cv2"]

    def __init__(self, path):
        import cv2
        self.net = cv2.dnn.readNetFromONNX(str(path))
        self.reader = f"OpenCV {cv2.__version__}"
        self.description = None

    def answer(self, image):
        self.net.setInput(resized(image, self.size))
        return self.net.forward()[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cli", help="the built thaw-cli")
    parser.add_argument("run", help="a run folder with best.safetensors")
    parser.add_argument("pictures", nargs="+", help="picture files")
    arguments = parser.parse_args()

    predicted = call(arguments.cli, "predict", arguments.run, *arguments.pictures, "--precision", "float32",
                     "--json").splitlines()
    answers = [json.loads(line) for line in predicted]
    readable = [answer for answer in answers if "error" not in answer]
    pictures = {answer["path"]: decoded(answer["path"]) for answer in readable}
    classes = list(readable[0]["probabilities"])
    print(f"{len(readable)} pictures of {len(answers)}, classes {', '.join(map(repr, classes))}")
    agree = len(readable) > 0
    size = None
    with tempfile.TemporaryDirectory() as folder:
        for peer in (Onnx, OnnxImage, OpencvOnnx, Torchscript, Safetensors):
            missing = [name for name in peer.needs if importlib.util.find_spec(name) is None]
            if missing:
                print(f"{peer.name}: left out, no {', '.join(missing)}")
                continue
            path = pathlib.Path(folder) / f"{peer.format}.{peer.ending}"
            if not path.exists():
                call(arguments.cli, "export", arguments.run, "--format", peer.format, "--out", path)
            model = peer(path)
            if model.description:
                assert model.description["classes"] == classes
                assert model.description["input"]["resize"] == "stretch", "only the rule stretch is rebuilt here"
                size = model.description["input"]["size"]
            model.size = size
            largest, worst, labels = 0.0, None, 0
            for answer in readable:
                given = model.answer(pictures[answer["path"]])
                told = np.array([answer["probabilities"][name] for name in classes])
                difference = float(np.abs(given - told).max())
                if not difference <= largest:
                    largest, worst = difference, answer["path"]
                labels += classes[int(given.argmax())] == answer["label"]
            print(f"{peer.name}, {model.reader}: {largest:.2e} at most ({worst}), {labels} labels alike")
            agree = agree and largest <= TOLERANCE and labels == len(readable)
    print("All agree." if agree else "They DISAGREE.")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
