"""The watermarked copy: point, place, time and case number on a dark band, as users of camera apps expect."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from app.features.photos.pictures import Rendered


def written(clean: bytes, lines: list[str], font: str) -> Rendered:
    """`lines` on the lower edge of a clean rendition."""
    return drawn(Image.open(BytesIO(clean), formats=["JPEG"]).convert("RGB"), lines, font)


def drawn(image: Image.Image, lines: list[str], font: str) -> Rendered:
    """`lines` on the lower edge of `image` itself, an RGB one. Text that is too wide is cut with an ellipsis."""
    width, height = image.size
    size = max(14, min(width, height) // 28)
    face = ImageFont.truetype(font, size)
    margin = size
    band = Image.new("L", (width, min(height, int(len(lines) * size * 1.5) + margin)), 150)
    image.paste(Image.new("RGB", band.size, "black"), (0, height - band.height), band)
    draw = ImageDraw.Draw(image)
    for n, line in enumerate(lines):
        top = height - band.height + margin // 2 + int(n * size * 1.5)
        draw.text((margin, top), _fitting(line, face, width - 2 * margin), fill="white", font=face)
    out = BytesIO()
    image.save(out, "JPEG", quality=85)
    return Rendered(out.getvalue(), width, height)


def _fitting(line: str, face: ImageFont.FreeTypeFont, width: int) -> str:
    if face.getlength(line) <= width:
        return line
    while line and face.getlength(line + "…") > width:
        line = line[:-1]
    return line + "…"
