#!/usr/bin/env python3
"""Makes tests/golden/data/metrics.json: figures of an evaluation by scikit-learn, SciPy, torchmetrics and cleanlab.

    python3 -m venv VENV
    VENV/bin/pip install scikit-learn==1.9.1 scipy==1.17.1 torchmetrics==1.9.0 torch cleanlab==2.9.0
    VENV/bin/python tests/golden/make_metrics_golden.py

The answers that are measured are made from whole numbers by keyed randomness, so that the test makes the same ones
(tests/core/evaluate/test_metrics_golden.cpp) and only the figures are stored. Nothing of Thaw is asked. Gives the same bytes each
time. data/README.md says what the file holds.
"""

import json
import math
import pathlib
import warnings

import cleanlab
import numpy as np
import scipy
import sklearn
import torch
import torchmetrics
from cleanlab.count import get_confident_thresholds
from cleanlab.rank import get_self_confidence_for_each_label
from keyed_random import RandomStream, mix_key
from scipy.optimize import brentq
from scipy.stats import binomtest, bootstrap
from sklearn import metrics
from torchmetrics.functional.classification import binary_calibration_error, multiclass_calibration_error

OUT = pathlib.Path(__file__).parent / "data" / "metrics.json"
EPSILON = 2.0**-52

# classes, pictures, seed: two classes balanced and one in ten; then more, the later classes ever rarer.
SETS = {
    "two": (2, 400, 1),
    "two, one in ten": (2, 500, 2),
    "three": (3, 300, 3),
    "five": (5, 400, 4),
    "two hundred": (200, 1500, 5),
}


def truth_of(random, name, classes):
    if name == "two":
        return random.below(2)
    if name == "two, one in ten":
        return 1 if random.below(10) == 0 else 0
    return min(random.below(classes), random.below(classes))


def answers_of(name):
    """Few distinct weights, so that there are ties; now and then one class gets all."""
    classes, pictures, seed = SETS[name]
    truths, rows = [], []
    for picture in range(pictures):
        random = RandomStream(mix_key(seed, picture))
        truth = truth_of(random, name, classes)
        favoured = truth if random.below(100) < 75 else random.below(classes)
        weights = [0 if random.below(20) == 0 else 1 + random.below(8) for _ in range(classes)]
        weights[favoured] += random.below(12) * classes
        if random.below(15) == 0:
            weights = [1 if k == favoured else 0 for k in range(classes)]
        if sum(weights) == 0:
            weights[favoured] = 1
        row = [np.float32(w / sum(weights)) for w in weights]
        if classes == 2:
            row[0] = np.float32(1) - row[1]  # a sigmoid's two probabilities
        truths.append(truth)
        rows.append(row)
    return np.array(truths), np.array(rows, np.float32).astype(np.float64)


def plain(value):
    """Lists of numbers; what is not a number is null."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(each) for each in value]
    value = float(value)
    return value if math.isfinite(value) else None


def wilson(right, count):
    if count == 0:
        return [math.nan, math.nan]
    interval = binomtest(int(right), int(count)).proportion_ci(0.95, "wilson")
    return [interval.low, interval.high]


def by_class(truths, answers, classes):
    labels = np.arange(classes)
    predicted = answers.argmax(1)
    precision, recall, f1, images = metrics.precision_recall_fscore_support(
        truths, predicted, labels=labels, zero_division=np.nan
    )
    auc, average_precision = [], []
    for k in labels:
        is_class = truths == k
        both = is_class.any() and not is_class.all()
        auc.append(metrics.roc_auc_score(is_class, answers[:, k]) if both else math.nan)
        average_precision.append(
            metrics.average_precision_score(is_class, answers[:, k]) if is_class.any() else math.nan
        )
    return {
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "images": images,
        "precision_interval": [wilson(((predicted == k) & (truths == k)).sum(), (predicted == k).sum()) for k in labels],
        "recall_interval": [wilson(((predicted == k) & (truths == k)).sum(), (truths == k).sum()) for k in labels],
        "auc": auc,
        "average_precision": average_precision,
    }


def averages(truths, answers):
    result = {}
    for kind in ["macro", "weighted"]:
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            truths, answers.argmax(1), average=kind, zero_division=0
        )
        result[kind] = {"precision": precision, "recall": recall, "f1": f1}
    return result


def areas(truths, answers, classes):
    """scikit-learn has macro and weighted one-vs-rest only where each class has pictures."""
    figures = by_class(truths, answers, classes)
    known = ~np.isnan(np.array(figures["auc"], float))
    auc = np.array(figures["auc"], float)[known]
    images = np.array(figures["images"])[known]
    result = {"macro": auc.mean(), "weighted": (auc * images).sum() / images.sum()}
    if classes > 2 and known.all():
        for kind in result:
            theirs = metrics.roc_auc_score(truths, answers, multi_class="ovr", average=kind)
            assert abs(theirs - result[kind]) < 1e-12, (theirs, result[kind])
    return result


def curves(truths, answers, k):
    is_class = truths == k
    false_positive, true_positive, roc_thresholds = metrics.roc_curve(
        is_class, answers[:, k], drop_intermediate=False
    )
    precision, recall, thresholds = metrics.precision_recall_curve(is_class, answers[:, k], drop_intermediate=False)
    return {
        "roc": {"threshold": roc_thresholds, "false_positive": false_positive, "true_positive": true_positive},
        # The last point is of no threshold.
        "precision_recall": {
            "threshold": thresholds[::-1],
            "precision": precision[:-1][::-1],
            "recall": recall[:-1][::-1],
        },
    }


def calibration(truths, answers, classes):
    """torchmetrics adds in float32; the same bins once more in double."""
    narrow = torch.tensor(answers, dtype=torch.float32)
    target = torch.tensor(truths)
    if classes == 2:
        confidence, right = narrow[:, 1], truths == 1
        theirs = [binary_calibration_error(narrow[:, 1], target, n_bins=15, norm=norm) for norm in ["l1", "max"]]
    else:
        confidence, right = narrow.max(1).values, answers.argmax(1) == truths
        theirs = [
            multiclass_calibration_error(narrow, target, num_classes=classes, n_bins=15, norm=norm)
            for norm in ["l1", "max"]
        ]
    bins = (torch.bucketize(confidence, torch.linspace(0, 1, 16), right=True) - 1).numpy()
    confidence = confidence.numpy().astype(np.float64)
    gaps = np.zeros(16)
    for k in set(bins):
        gaps[k] = abs(right[bins == k].mean() - confidence[bins == k].mean())
    counts = np.bincount(bins, minlength=16)
    result = {"ece": (gaps * counts).sum() / len(truths), "mce": gaps.max()}
    # A few hundred float32 additions.
    assert abs(result["ece"] - theirs[0]) < 1e-6 and abs(result["mce"] - theirs[1]) < 1e-6, (result, theirs)
    return {**result, "bins": counts}


def losses(truths, answers, classes):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rows of float32 add up to 1 within 1e-7 only
        labels = np.arange(classes)
        brier = (
            metrics.brier_score_loss(truths, answers[:, 1], labels=labels)
            if classes == 2
            else metrics.brier_score_loss(truths, answers, labels=labels)
        )
        return {"log_loss": metrics.log_loss(truths, y_proba=answers, labels=labels), "brier": brier}


def temperature(truths, answers):
    logits = np.log(np.maximum(answers, EPSILON))
    logits -= logits.max(1, keepdims=True)
    picked = logits[np.arange(len(truths)), truths]

    def slope(inverse):
        shares = np.exp(logits * inverse)
        return ((shares * logits).sum(1) / shares.sum(1) - picked).sum()

    inverse = brentq(slope, 0.01, 100, xtol=1e-15, rtol=1e-14)
    return 1 / inverse


def thresholds(truths, answers, classes):
    """Two classes: the second's probability. More: the largest, of pictures answered rightly."""
    if classes == 2:
        right, scores, wanted = truths == 1, answers[:, 1], int((truths == 1).sum())
    else:
        right, scores, wanted = answers.argmax(1) == truths, answers.max(1), len(truths)
    _, wrongs, _, rights, values = metrics.confusion_matrix_at_thresholds(right, scores)
    reached = rights + wrongs
    return {
        "threshold": values,
        "reached": reached,
        "right": rights,
        "precision": rights / reached,
        "recall": rights / wanted,
        "f1": 2 * rights / (reached + wanted),
        "coverage": reached / len(truths),
    }


def differences():
    """Two models on the same pictures, once more by the order of draws that Thaw promises."""
    result = []
    for pictures, seed in [(40, 7), (180, 8)]:
        random = RandomStream(mix_key(seed))
        truths = [random.below(3) for _ in range(pictures)]
        first = [random.below(100) < 70 for _ in range(pictures)]
        second = [random.below(100) < 80 for _ in range(pictures)]
        gains = [[b - a for a, b, t in zip(first, second, truths) if t == k] for k in range(3)]
        draws = []
        for draw in range(2000):
            keyed = RandomStream(mix_key(seed, 0x626F6F74, draw))
            draws.append(sum(ofclass[keyed.below(len(ofclass))] for ofclass in gains for _ in ofclass) / pictures)
        low, high = np.percentile(draws, [2.5, 97.5])
        gain = np.array(second, float) - np.array(first, float)
        theirs = bootstrap((gain,), np.mean, n_resamples=20000, method="percentile", rng=1).confidence_interval
        # Other draws, and not class by class: about the same interval.
        assert abs(theirs.low - low) < 0.03 and abs(theirs.high - high) < 0.03, (theirs, low, high)
        result.append(
            {"pictures": pictures, "seed": seed, "difference": gain.mean(), "low": low, "high": high}
        )
    return result


def mcnemar():
    pairs = [(12, 4), (0, 0), (0, 1), (0, 6), (5, 5), (100, 60), (3000, 2800), (40000, 39500), (1, 2000)]
    return [
        {"first": b, "second": c, "p": binomtest(b, b + c).pvalue if b + c else 1.0} for b, c in pairs
    ]


def figures_of(name):
    truths, answers = answers_of(name)
    classes = SETS[name][0]
    labels = np.arange(classes)
    present = [k for k in labels if (truths == k).any()]
    usual = np.full(classes, np.nan)
    usual[present] = [answers[truths == k][:, k].mean() for k in present]
    if len(present) == classes:
        theirs = get_confident_thresholds(truths, answers)
        assert np.allclose(theirs, np.maximum(usual, theirs.min()), atol=1e-6), (theirs, usual)
    confidence = get_self_confidence_for_each_label(truths, answers)
    predicted = answers.argmax(1)
    suspects = [i for i in np.argsort(confidence, kind="stable") if predicted[i] != truths[i] and confidence[i] < usual[truths[i]]]
    result = {
        "accuracy": metrics.accuracy_score(truths, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(truths, predicted),
        **by_class(truths, answers, classes),
        **losses(truths, answers, classes),
        **calibration(truths, answers, classes),
        "averages": averages(truths, answers),
        "areas": areas(truths, answers, classes),
        "temperature": temperature(truths, answers),
        "usual_confidence": usual,
        "suspects": suspects,
    }
    if classes <= 5:
        result["curves"] = [curves(truths, answers, k) for k in labels]
        result["thresholds"] = thresholds(truths, answers, classes)
    return plain(result)


def main():
    values = {
        "made_with": {
            "scikit-learn": sklearn.__version__,
            "scipy": scipy.__version__,
            "numpy": np.__version__,
            "torchmetrics": torchmetrics.__version__,
            "torch": torch.__version__,
            "cleanlab": cleanlab.__version__,
        },
        "sets": {name: figures_of(name) for name in SETS},
        "differences": [{key: each[key] for key in each} for each in map(plain, differences())],
        "mcnemar": [plain(each) for each in mcnemar()],
    }
    OUT.write_text(json.dumps(values, separators=(",", ":")) + "\n")
    print(OUT, OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
