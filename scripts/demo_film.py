"""Draw the film of the demo course: python -m scripts.demo_film OUT.webm (needs ffmpeg)."""

import itertools
import math
import subprocess
import sys

WIDTH, HEIGHT, RATE, LENGTH_S = 640, 360, 10, 60
LEFT, RIGHT, TOP, BOTTOM = 60, 600, 60, 290
GROUND, LINE, FADED, AXIS, DOT = (19, 18, 17), (98, 196, 219), (58, 54, 49), (140, 133, 120), (242, 177, 52)
DAYS = 30.0
Reviews = tuple[tuple[float, float], ...]
# Each review resets the curve and makes it fall more gently: (day, stability in days until the next one).
PLAIN = ((0.0, 2.2),)
REVIEWED = ((0.0, 2.2), (3.0, 6.0), (10.0, 16.0), (22.0, 60.0))
# When, in seconds of the film, the pen stands on which day of the second curve.
PEN = ((19.0, 0.0), (25.0, 3.0), (32.0, 10.0), (39.0, 22.0), (47.0, 30.0))


def left_after(day: float, reviews: Reviews) -> float:
    """Return the share that is left on a day, 0 to 1."""
    began, stability = next(review for review in reversed(reviews) if review[0] <= day)
    return 0.18 + 0.82 * math.exp(-(day - began) / stability)


def day_at(second: float) -> float:
    """Return the day on which the pen of the second curve stands."""
    for (from_s, from_day), (to_s, to_day) in itertools.pairwise(PEN):
        if second <= to_s:
            return from_day + max(0.0, (second - from_s) / (to_s - from_s)) * (to_day - from_day)
    return DAYS


def frame(second: float) -> bytes:
    """Return one picture as RGB bytes."""
    pixels = bytearray(bytes(GROUND) * (WIDTH * HEIGHT))
    for x in range(LEFT, RIGHT + 1):
        _dot(pixels, x, BOTTOM, AXIS, 1)
    first = min(DAYS, max(0.0, second - 1.0) / 17.0 * DAYS)
    _curve(pixels, first, PLAIN, LINE if second < 19 else FADED)
    if second >= 19:
        reached = day_at(second)
        _curve(pixels, reached, REVIEWED, LINE)
        for day, _ in REVIEWED:
            if day <= reached:
                _dot(pixels, _x(day), _y(1.0), DOT, 6)
    return bytes(pixels)


def _curve(pixels: bytearray, until: float, reviews: Reviews, colour: tuple[int, int, int]) -> None:
    before = _y(1.0)
    for x in range(LEFT, _x(until) + 1):
        day = (x - LEFT) / (RIGHT - LEFT) * DAYS
        y = _y(left_after(day, reviews))
        for between in range(min(before, y), max(before, y) + 1):
            _dot(pixels, x, between, colour, 2)
        before = y


def _dot(pixels: bytearray, x: int, y: int, colour: tuple[int, int, int], radius: int) -> None:
    for dy in range(-radius, radius + 1):
        for dx in range(-radius, radius + 1):
            if dx * dx + dy * dy <= radius * radius:
                at = ((y + dy) * WIDTH + x + dx) * 3
                pixels[at : at + 3] = bytes(colour)


def _x(day: float) -> int:
    return round(LEFT + (RIGHT - LEFT) * day / DAYS)


def _y(share: float) -> int:
    return round(BOTTOM - (BOTTOM - TOP) * share)


def main() -> None:
    """Draw all pictures and let ffmpeg make a film of them."""
    size = f"{WIDTH}x{HEIGHT}"
    command = ["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", str(RATE)]
    command += ["-i", "-", "-c:v", "libvpx-vp9", "-crf", "34", "-b:v", "0", "-pix_fmt", "yuv420p", sys.argv[1]]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as film:
        assert film.stdin is not None
        for number in range(RATE * LENGTH_S):
            film.stdin.write(frame(number / RATE))


if __name__ == "__main__":
    main()
