"""Pictures made on the spot: honest ones, and hostile ones built byte by byte."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pillow_heif
from PIL import Image, ImageCms, ImageDraw
from PIL.TiffImagePlugin import IFDRational

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def scene(width: int = 640, height: int = 480, mode: str = "RGB") -> Image.Image:
    """A picture with something in it: the left half dark, the right half bright, a red corner top left."""
    image = Image.linear_gradient("L").rotate(90).resize((width, height)).convert("RGB")
    ImageDraw.Draw(image).rectangle((0, 0, width // 4, height // 4), fill=(200, 20, 20))
    return image.convert(mode)


def noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 60).convert("RGB")


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(width: int = 640, height: int = 480, **options: Any) -> bytes:
    return encoded(scene(width, height), "JPEG", **{"quality": 85, **options})


def heic(image: Image.Image, **options: Any) -> bytes:
    out = BytesIO()
    pillow_heif.from_pillow(image).save(out, quality=60, **options)
    return out.getvalue()


def exif(**values: Any) -> Image.Exif:
    """EXIF of a phone; keyword arguments replace parts: orientation, taken, offset, gps."""
    made = Image.Exif()
    made[0x010F], made[0x0110], made[0x0131] = "HUAWEI", "P40", "巡访相机 1.2".encode()
    made[0x0112] = values.get("orientation", 1)
    details = made.get_ifd(0x8769)
    details[0x9003] = values.get("taken", "2026:11:20 10:11:12")
    details[0x9011] = values.get("offset", "+08:00")
    gps = made.get_ifd(0x8825)
    gps.update(values.get("gps", default_gps()))
    return made


def default_gps() -> dict[int, Any]:
    return {
        1: "N",
        2: (IFDRational(30), IFDRational(15), IFDRational(1234, 100)),
        3: "E",
        4: (IFDRational(120), IFDRational(9), IFDRational(0)),
        7: (IFDRational(2), IFDRational(11), IFDRational(10)),
        29: "2026:11:20",
        31: IFDRational(8),
    }


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_header(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    )


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of zeros: a few kilobytes that decode to width × height pixels."""
    row = zlib.compressobj(9)
    data = b"".join([row.compress(b"\0" * (1 + 3 * width)) for _ in range(height)] + [row.flush()])
    return png_header(width, height) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def jpeg_claiming(width: int, height: int) -> bytes:
    """A small JPEG whose header says it is huge."""
    data = bytearray(jpeg(64, 64))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def animated(kind: str) -> bytes:
    frames = [scene(64, 64), scene(64, 64).rotate(90)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def multi_picture() -> bytes:
    """A JPEG with a second picture behind it, as Ultra HDR and MPF phones write them."""
    return encoded(scene(), "MPO", save_all=True, append_images=[scene(320, 240)])


def slow_jpeg(scans: int = 4000) -> bytes:
    """A progressive JPEG whose first scan is repeated: cheap to send, dear to decode."""
    data = encoded(Image.new("L", (2000, 2000)), "JPEG", progressive=True, quality=50)
    first = data.index(b"\xff\xda")
    second = data.index(b"\xff\xda", first + 2)
    # From Huffman tables to the end of the first scan's data.
    end = data.rindex(b"\xff\xc4", 0, second) if b"\xff\xc4" in data[first:second] else second
    return data[:first] + data[first:end] * scans + data[end:]
