"""Sound: WAV files of any rate, width and number of channels, and their spectrograms."""

from io import BytesIO

import numpy as np
import pytest
from scipy.io import wavfile

from weightprobes.datasets import sound
from weightprobes.datasets.files import DatasetCorrupt

SECONDS = np.arange(0, 1, 1 / sound.RATE)


def tone(hertz, rate=sound.RATE):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(0, 1, 1 / rate))


def wav(samples, rate=sound.RATE, dtype=np.int16):
    file = BytesIO()
    whole = {np.int16: 2**15, np.int32: 2**31, np.uint8: 128, np.float32: 1}[dtype]
    wavfile.write(file, rate, (samples * whole + (128 if dtype is np.uint8 else 0)).astype(dtype))
    return file


def test_a_tone_is_loudest_in_its_own_band_all_the_time():
    mels = np.linspace(0, 2595 * np.log10(1 + sound.RATE / 2 / 700), sound.BANDS + 2)[1:-1]
    for band in (5, 15, 30):
        hertz = 700 * (10 ** (mels[band] / 2595) - 1)
        assert set(sound.spectrogram(tone(hertz)).argmax(0)) == {band}


def test_twice_as_loud_is_six_decibels_more():
    louder = sound.spectrogram(2 * tone(1000)) - sound.spectrogram(tone(1000))
    assert np.quantile(louder, 0.9) == pytest.approx(6, abs=0.1)


def test_what_is_short_ends_in_silence_and_what_is_long_is_cut():
    quiet = sound.spectrogram(tone(500)[:400])
    assert quiet.shape == (sound.BANDS, sound.FRAMES)
    assert (quiet[:, 3:] == sound.FLOOR).all()
    assert (quiet[:, 0] > sound.FLOOR).any()
    assert np.array_equal(sound.spectrogram(tone(500)), sound.spectrogram(tone(500)[:6000]))
    assert (sound.spectrogram(np.zeros(0)) == sound.FLOOR).all()


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8, np.float32])
def test_every_width_of_samples_is_read_as_the_same_sound(dtype):
    np.testing.assert_allclose(sound.read(wav(tone(440), dtype=dtype)), tone(440), atol=1 / 128)


def test_channels_are_averaged_and_other_rates_resampled():
    two = np.stack([tone(440), np.zeros_like(SECONDS)], axis=1)
    np.testing.assert_allclose(sound.read(wav(two)), tone(440) / 2, atol=1e-4)
    for rate in (16_000, 44_100):
        resampled = sound.read(wav(tone(440, rate), rate))
        assert len(resampled) == sound.RATE
        np.testing.assert_allclose(resampled[100:-100], tone(440)[100:-100], atol=5e-3)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all", wav(tone(440)).getvalue()[:30]])
def test_what_is_no_wav_is_one_sentence(content, tmp_path):
    (tmp_path / "one.wav").write_bytes(content)
    with pytest.raises(DatasetCorrupt, match=r"one\.wav is no WAV file that can be read"):
        sound.read(tmp_path / "one.wav")
