#!/usr/bin/env python3
"""The recipe as a PyTorch user writes it: the second peer. See README.md."""

import copy
import time

import common

arguments = common.parse_arguments("VGG16 fine-tuned with PyTorch, two phases")

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

if arguments.threads:
    torch.set_num_threads(arguments.threads)
torch.manual_seed(arguments.seed)
MEAN = torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)


class Pictures(Dataset):
    """[3, size, size] float on the 0–255 scale, RGB, squeezed by Keras's rule."""

    def __init__(self, paths, labels):
        self.paths, self.labels = paths, labels

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        with Image.open(self.paths[index]) as file:
            pixels = torch.from_numpy(np.array(file.convert("RGB"))).permute(2, 0, 1).float()
        size = (arguments.size, arguments.size)
        resized = F.interpolate(pixels[None], size, mode="bilinear", align_corners=False, antialias=False)
        return resized[0], self.labels[index]


def augment(pictures):
    """Flip, turn and zoom in one warp; the edge repeats and mirrors ("reflect" of Keras)."""
    count = len(pictures)
    flip = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    angle = (torch.rand(count) * 2 - 1) * 0.1 * 2 * torch.pi
    scale = 1 + (torch.rand(count) * 2 - 1) * 0.2
    cosine, sine, zero = angle.cos() * scale, angle.sin() * scale, torch.zeros(count)
    rows = [torch.stack([flip * cosine, -flip * sine, zero], 1), torch.stack([sine, cosine, zero], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)


def preprocess(pictures):
    return (pictures.flip(1) - MEAN).contiguous(memory_format=torch.channels_last)


class Model(nn.Module):
    def __init__(self, classes):
        super().__init__()
        steps, inputs = [], 3
        for name, channels in common.CONVOLUTIONS:
            if name.endswith("conv1") and steps:
                steps.append(nn.MaxPool2d(2))
            steps += [nn.Conv2d(inputs, channels, 3, padding=1), nn.ReLU(inplace=True)]
            inputs = channels
        self.base = nn.Sequential(*steps, nn.MaxPool2d(2))
        convolutions = [step for step in steps if isinstance(step, nn.Conv2d)]
        for step, (kernel, bias) in zip(convolutions, common.read_base(arguments.weights)):
            step.weight.data, step.bias.data = torch.from_numpy(kernel), torch.from_numpy(bias)
        side = arguments.size // 32
        self.block5 = convolutions[-3:]
        self.hidden = nn.Linear(side * side * 512, 256)
        self.dropout = nn.Dropout(0.5)
        self.last = nn.Linear(256, 1 if classes == 2 else classes)
        for layer in (self.hidden, self.last):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        x = self.base(x).permute(0, 2, 3, 1).flatten(1)
        return self.last(self.dropout(self.hidden(x)))


def loss_and_right(logits, labels):
    if logits.shape[1] == 1:
        loss = F.binary_cross_entropy_with_logits(logits[:, 0], labels.float())
        return loss, ((logits[:, 0] > 0) == (labels == 1)).sum().item()
    return F.cross_entropy(logits, labels), (logits.argmax(1) == labels).sum().item()


def run_epoch(model, loader, optimizer=None):
    """Mean loss and accuracy; trains when there is an optimizer."""
    model.train(optimizer is not None)
    loss_sum, right, images = 0.0, 0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for pictures, labels in loader:
            inputs = preprocess(augment(pictures) if optimizer else pictures)
            loss, correct = loss_and_right(model(inputs), labels)
            if optimizer:
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * len(labels)
            right += correct
            images += len(labels)
    return loss_sum / max(images, 1), right / max(images, 1)


def run_phase(model, loaders, report, phase, epochs, rate):
    """Gives back the weights of the epoch with the lowest validation loss."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    # PyTorch adds epsilon outside the root; Keras and Thaw inside.
    optimizer = torch.optim.RMSprop(trained, lr=rate, alpha=0.9, eps=1e-7)
    lowest, best = float("inf"), None
    for epoch in range(1, epochs + 1):
        started = time.perf_counter()
        loss, accuracy = run_epoch(model, loaders["train"], optimizer)
        val_loss, val_accuracy = run_epoch(model, loaders["validation"])
        if val_loss < lowest:
            lowest, best = val_loss, copy.deepcopy(model.state_dict())
        scores = {"loss": loss, "accuracy": accuracy, "val_loss": val_loss, "val_accuracy": val_accuracy}
        report.epoch(phase, epoch, time.perf_counter() - started, scores)
    return best


def main():
    report = common.Report("pytorch", {"torch": torch.__version__}, arguments)
    lists, classes = common.load_lists(arguments)
    loaders = {
        split: DataLoader(
            Pictures(*lists[split]), batch_size=arguments.batch, shuffle=split == "train", num_workers=2
        )
        for split in lists
    }
    model = Model(len(classes)).to(memory_format=torch.channels_last)
    model.base.requires_grad_(False)
    run_phase(model, loaders, report, 1, arguments.epochs1, 1e-3)
    for convolution in model.block5:
        convolution.requires_grad_(True)
    model.load_state_dict(run_phase(model, loaders, report, 2, arguments.epochs2, 1e-5))
    report.finish(*run_epoch(model, loaders["test"]))


if __name__ == "__main__":
    main()
