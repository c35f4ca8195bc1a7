"""Thaw's keyed randomness (core/base/random.h) once more, so that Keras can be given the very start and order
that a run of Thaw draws from its seed."""

import math

import numpy as np

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
HEAD = 0x68656164  # "head"
ORDER = 1


def finalise(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def mix_key(*words):
    state = GOLDEN
    for word in words:
        state = finalise(((state + GOLDEN) & MASK) ^ finalise((word + GOLDEN) & MASK))
    return state


class RandomStream:
    def __init__(self, key):
        self.key = key
        self.counter = 0

    def next(self):
        self.counter += 1
        return finalise((self.key + GOLDEN * self.counter) & MASK)

    def uniform(self, low=0.0, high=1.0):
        return low + (high - low) * ((self.next() >> 11) * 2.0**-53)

    def below(self, n):
        threshold = ((1 << 64) - n) % n
        value = self.next()
        while value < threshold:
            value = self.next()
        return value % n


def permutation(n, key):
    order = list(range(n))
    random = RandomStream(key)
    for i in range(n, 1, -1):
        j = random.below(i)
        order[i - 1], order[j] = order[j], order[i - 1]
    return order


def epoch_order(n, seed, epoch_of_run):
    """The order of the n training pictures in an epoch, counted from 1 through all phases."""
    return permutation(n, mix_key(seed, ORDER, epoch_of_run))


def glorot_kernel(seed, layer, inputs, outputs):
    """The start of the head's dense layer number `layer` (from 0), as Keras lays it out: [inputs, outputs]."""
    random = RandomStream(mix_key(seed, HEAD, layer))
    limit = math.sqrt(6.0 / (inputs + outputs))
    values = [random.uniform(-limit, limit) for _ in range(inputs * outputs)]
    return np.array(values, np.float32).reshape(outputs, inputs).T
