"""torchvision.datasets.utils: checksums; nothing is downloaded."""
import hashlib
import os

import _absent


def calculate_md5(fpath, chunk_size=1024 * 1024):
    md5 = hashlib.md5()
    with open(fpath, "rb") as file:
        while chunk := file.read(chunk_size):
            md5.update(chunk)
    return md5.hexdigest()


def check_md5(fpath, md5, **kwargs):
    return md5 == calculate_md5(fpath, **kwargs)


def check_integrity(fpath, md5=None):
    return os.path.isfile(fpath) and (md5 is None or check_md5(fpath, md5))


__getattr__, __dir__ = _absent.names(
    "torchvision.datasets.utils",
    "download_and_extract_archive download_file_from_google_drive download_url extract_archive list_dir list_files verify_str_arg",
    "nothing is downloaded here",
)
