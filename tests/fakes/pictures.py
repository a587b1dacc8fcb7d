"""Small pictures to upload, with and without what telephones wrap around them."""

from io import BytesIO
from typing import Any

from PIL import Image

PLACE = (121.550278, 29.870139)
CAMERA = "SecretPhone 9"
RED: dict[str, Any] = {"RGB": (255, 0, 0), "RGBA": (255, 0, 0, 128), "P": 1, "L": 255}


def a_picture(kind: str = "PNG", size: tuple[int, int] = (8, 6), mode: str = "RGB", **said: Any) -> bytes:
    """Return a picture whose upper left pixel is red."""
    made = Image.new(mode, size)
    made.putpixel((0, 0), RED[mode])
    out = BytesIO()
    made.save(out, kind, **said)
    return out.getvalue()


def a_photograph(size: tuple[int, int] = (64, 48), *, place: Any = None, turned: int = 1) -> bytes:
    """Return a photograph that tells where (at `PLACE` unless told) and by what it was taken."""
    exif = Image.Exif()
    exif[0x0110], exif[0x0112] = CAMERA, turned
    told = exif.get_ifd(0x8825)
    told.update(place or {1: "N", 2: (29.0, 52.0, 12.5), 3: "E", 4: (121.0, 33.0, 1.0)})
    made = Image.new("RGB", size, (200, 30, 30))
    out = BytesIO()
    made.save(out, "JPEG", exif=exif, comment=b"by " + CAMERA.encode())
    return out.getvalue()


PNG = a_picture()
