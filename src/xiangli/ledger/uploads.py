"""Evidence files: known by content, limited in size; pictures lose their metadata, so no position is kept (B3)."""

from io import BytesIO

from xiangli.core.errors import UserError

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 2000  # pixels: enough to read a door plate, small enough for a village line


def cleaned_upload(content: bytes) -> tuple[str, str, bytes]:
    """(suffix, content type, content to keep). Raises UserError for all but a picture or a PDF, or one too large."""
    if not content:
        raise UserError("文件是空的，请重新选择。")
    if len(content) > MOST_BYTES:
        raise UserError("文件超过 10 MB，请压缩或重拍后再传。")
    if content.startswith(b"%PDF-"):
        return ".pdf", "application/pdf", content
    return ".jpg", "image/jpeg", _picture(content)


def _picture(content: bytes) -> bytes:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(BytesIO(content), formats=["JPEG", "PNG", "WEBP"]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise UserError("照片太大（超过 6000 万像素），请缩小后再传。")
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError("只能传照片（JPEG、PNG、WebP）或 PDF，这个文件打不开。") from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    kept = BytesIO()
    upright.save(kept, "JPEG", quality=82)
    return kept.getvalue()
