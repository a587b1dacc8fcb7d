"""Makes a picture anew from nothing but its pixels: a program of its own, run for one picture at a time.

`python _reencoding.py FROM TO`. What was wrapped around the pixels (where and by whom it was taken, smaller
copies, whatever else was hidden in it) is left behind; where it was taken is told, so that it can be offered
as the place of a report. Prints JSON. A picture that is none, or is made to burst, costs this process only.
"""

import json
import math
import resource
import sys
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import GifImagePlugin, Image, ImageCms, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

FORMATS = [
    plugin.format
    for plugin in (
        JpegImagePlugin.JpegImageFile, PngImagePlugin.PngImageFile, WebPImagePlugin.WebPImageFile,
        GifImagePlugin.GifImageFile,
    )
]  # fmt: skip
MOST_PIXELS = 24_000_000
"""Pixels held at once. Larger photographs are made smaller while they are read; others are refused."""
MOST_IN_JPEG = 220_000_000
SCALES = (1, 2, 4, 8)
SMALLEST = 1
QUALITY = 90
MEMORY = 420_000_000  # bytes of address space
SECONDS = 20  # of processor time
LOCATION = 0x8825  # the tag of the directory of EXIF that tells the place


def main(source: str, target: str) -> dict[str, Any]:
    """Make the picture anew and return what is told of it, or under `refused` why it could not be."""
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS)):
        resource.setrlimit(what, (most, most))
    Image.MAX_IMAGE_PIXELS = MOST_IN_JPEG
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(source, formats=FORMATS) as picture:
            if not _fits(picture):
                return {"refused": "file.too_many_pixels"}
            place = _place(picture)
            media_type, size = _write(picture, Path(target))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        return {"refused": "file.too_many_pixels"}
    except Exception as trouble:  # noqa: BLE001 - a broken picture may break a decoder in any way
        return {"refused": "file.picture_broken", "trouble": type(trouble).__name__}
    return {"media_type": media_type, "width": size[0], "height": size[1], "place": place}


def _fits(picture: Image.Image) -> bool:
    """Say whether a picture can be held, telling the reader of photographs to make it smaller if need be."""
    width, height = picture.size
    if not isinstance(picture, JpegImagePlugin.JpegImageFile):
        return width * height <= MOST_PIXELS
    # A progressive one is held whole whatever size it is read at.
    if picture.info.get("progressive") and width * height > 2 * MOST_PIXELS:
        return False
    for scale in SCALES:
        if width * height / scale**2 <= MOST_PIXELS:
            if scale > 1:
                picture.draft(None, (max(width // scale, SMALLEST), max(height // scale, SMALLEST)))
            return picture.size[0] * picture.size[1] <= MOST_PIXELS
    return False


def _write(picture: Image.Image, target: Path) -> tuple[str, tuple[int, int]]:
    """Write the first picture of a file, turned upright; photographs as JPEG, whatever else as PNG."""
    is_photograph = picture.format in {"JPEG", "MPO", "WEBP"}
    ImageOps.exif_transpose(picture, in_place=True)
    upright = _in_plain_colours(picture)
    has_holes = "A" in upright.getbands() or "transparency" in upright.info
    if is_photograph and not has_holes:
        plain = upright if upright.mode in {"L", "RGB"} else upright.convert("RGB")
        plain.info = {}
        plain.save(target, "JPEG", quality=QUALITY, exif=b"", icc_profile=None, comment=b"")
        return "image/jpeg", plain.size
    plain = upright.convert("RGBA" if has_holes else "L" if upright.mode in {"1", "L"} else "RGB")
    plain.info = {}
    plain.save(target, "PNG", pnginfo=None, exif=b"", icc_profile=None)
    return "image/png", plain.size


def _in_plain_colours(picture: Image.Image) -> Image.Image:
    """Return a picture with the colours everybody shows alike (sRGB); its own profile is left behind."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode != "RGB":
        return picture
    try:
        ImageCms.profileToProfile(
            picture, ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB"), inPlace=True
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return picture


def _place(picture: Image.Image) -> dict[str, float] | None:
    """Return the point (WGS-84 degrees) a picture says it was taken at; None where it says none."""
    try:
        told = picture.getexif().get_ifd(LOCATION)
        lat, lon = _degrees(told[2], told[1], "S"), _degrees(told[4], told[3], "W")
    except Exception:  # noqa: BLE001 - whatever stands there in place of numbers
        return None
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        return None
    return None if lat == lon == 0 else {"lon": round(lon, 6), "lat": round(lat, 6)}


def _degrees(parts: Any, side: str, negative: str) -> float:  # noqa: ANN401 - three numbers if all is well
    degrees, minutes, seconds = (float(part) for part in parts)
    found = degrees + minutes / 60 + seconds / 3600
    return -found if side.strip("\x00 ").upper() == negative else found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], sys.argv[2])))
