"""torchvision.io: names only."""
import _absent

__getattr__, __dir__ = _absent.names(
    "torchvision.io",
    "ImageReadMode decode_image decode_jpeg decode_png decode_avif decode_heic decode_webp decode_gif encode_jpeg encode_png"
    " read_file read_image write_file write_jpeg write_png",
    "no picture is decoded here",
)
