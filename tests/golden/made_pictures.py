"""Pictures from formulas, so that nobody's photographs are in the repository: shapes of flat colour on a slanted
gradient, which PNG packs into a kilobyte or two."""

import numpy as np


def made_picture(number, width, height):
    """[height, width, 3] uint8. Hue goes by number modulo 3, the shape by number modulo 2."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    slant = (x * (1 + number % 5) + y * (4 - number % 4)) / (5 * width + 4 * height)
    picture = np.empty((height, width, 3))
    for channel in range(3):
        strength = 0.9 if channel == number % 3 else 0.35
        picture[..., channel] = 255 * strength * (0.35 + 0.65 * slant)
    # Off-centre and lopsided, so that no mirror image or turn looks like another.
    centre_x, centre_y = width * (0.3 + 0.03 * (number % 7)), height * (0.6 - 0.02 * (number % 9))
    radius = min(width, height) * (0.16 + 0.01 * (number % 6))
    if number % 2 == 0:
        inside = (x - centre_x) ** 2 + (y - centre_y) ** 2 < radius**2
    else:
        inside = (abs(x - centre_x) < radius) & (abs(y - centre_y) < radius * 0.6)
    picture[inside] = [240 - 9 * (number % 11), 30 + 17 * (number % 13), 90 + 40 * (number % 4)]
    picture[: height // 9, : width // 4] = [20, 250, 130]
    return np.floor(picture).astype(np.uint8)
