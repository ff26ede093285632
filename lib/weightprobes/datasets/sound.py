"""Sound as inputs: log-mel spectrograms of one size.

They are a few lines of NumPy, and the same to the bit on every machine; librosa would bring numba for them.
"""

from __future__ import annotations

import struct
import warnings
from functools import cache
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from weightprobes.datasets.files import DatasetCorrupt

#: Samples a second; and of a spectrogram, samples in a frame, from one frame to the next, frames, and bands.
RATE, WINDOW, HOP, FRAMES, BANDS = 8_000, 256, 160, 32, 32

#: Decibels below full scale under which everything is silence.
FLOOR = -80.0

_BINS = 512


def read(file: Path | IO[bytes]) -> NDArray[np.float64]:
    """The samples in a WAV file, (n,), full scale being 1; channels are averaged, other rates resampled.

    Raises DatasetCorrupt if it is none.
    """
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)  # of notes beside the sound
            rate, samples = wavfile.read(file)
    except (OSError, ValueError, EOFError, struct.error) as error:
        raise DatasetCorrupt(f"{file} is no WAV file that can be read ({error}): give another") from error
    if samples.dtype == np.uint8:
        samples = samples / 128 - 1
    elif samples.dtype.kind == "i":
        samples = samples / -float(np.iinfo(samples.dtype).min)
    if samples.ndim == 2:
        samples = samples.mean(1)
    if rate != RATE:
        from scipy.signal import resample_poly

        samples = resample_poly(samples, RATE, rate)
    return samples.astype(float)


def spectrogram(samples: NDArray[np.float64]) -> NDArray[np.float32]:
    """Decibels in mel bands over time, (BANDS, FRAMES), of the first 0.65 s of ``samples`` (n,) at RATE.

    That is as long as 95 % of the spoken digits are; what is shorter ends in silence. Rounded to tenths, so
    that no machine's last bits show.
    """
    length = (FRAMES - 1) * HOP + WINDOW
    sound = np.pad(samples[:length], (0, max(0, length - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW), _BINS)) ** 2 / (WINDOW / 4) ** 2
    decibels = 10 * np.log10(np.maximum(_bands() @ power.T, 10 ** (FLOOR / 10)))
    return decibels.round(1).astype(np.float32)


@cache
def _bands() -> NDArray[np.float64]:
    """Triangles over frequency, (BANDS, bins): as wide as their neighbours are apart on the mel scale."""
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    corners = 700 * (10 ** (np.linspace(0, top, BANDS + 2) / 2595) - 1)
    low, middle, high = (corners[first : first + BANDS, None] for first in range(3))
    frequency = np.fft.rfftfreq(_BINS, 1 / RATE)
    rising, falling = (frequency - low) / (middle - low), (high - frequency) / (high - middle)
    return np.clip(np.minimum(rising, falling), 0, None)
