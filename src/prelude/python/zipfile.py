"""Zip archives."""
import builtins
import io
import os
import struct
import time
import zlib

ZIP_STORED, ZIP_DEFLATED = 0, 8
_LOCAL, _CENTRAL, _END, _END64, _LOCATOR64 = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_WHOLE = 0xFFFFFFFF
_KINDS = {4: "d", 8: "-", 10: "l"}


class BadZipFile(Exception):
    pass


class LargeZipFile(Exception):
    pass


error = BadZipfile = BadZipFile


class ZipInfo:
    def __init__(self, filename="NoName", date_time=(1980, 1, 1, 0, 0, 0)):
        self.filename, self.date_time = filename, date_time
        self.compress_type, self.CRC, self.file_size, self.compress_size, self.header_offset = ZIP_STORED, 0, 0, 0, 0
        self.external_attr, self.extra, self.comment = 0o600 << 16, b"", b""

    def is_dir(self):
        return self.filename.endswith("/")

    def __repr__(self):
        kind = " compress_type=deflate" if self.compress_type == ZIP_DEFLATED else ""
        mode = self.external_attr >> 16
        if mode:
            letters = ["rwx"[i % 3] if mode >> (8 - i) & 1 else "-" for i in range(9)]
            kind += f" filemode='{_KINDS.get(mode >> 12, '?')}{''.join(letters)}'"
        size = "" if self.is_dir() else f" file_size={self.file_size}"
        packed = f" compress_size={self.compress_size}" if self.compress_type else ""
        return f"<ZipInfo filename={self.filename!r}{kind}{size}{packed}>"


def is_zipfile(filename):
    try:
        with ZipFile(filename):
            return True
    except (BadZipFile, OSError):
        return False


class ZipFile:
    """An archive, read by its directory at the end; what is written comes behind what is there."""

    def __init__(self, file, mode="r", compression=ZIP_STORED, allowZip64=True, compresslevel=None):
        if mode not in ("r", "w", "x", "a"):
            raise ValueError("ZipFile requires mode 'r', 'w', 'x', or 'a'")
        self.mode, self.compression, self._level = mode, compression, compresslevel
        self.filelist, self.NameToInfo, self.comment = [], {}, b""
        self._own = not hasattr(file, "seek")
        self.filename = file if self._own else getattr(file, "name", None)
        adds = mode == "a" and (not self._own or os.path.exists(file))
        self.fp = builtins.open(file, {"r": "rb", "a": "r+b" if adds else "w+b"}.get(mode, mode + "b")) if self._own else file
        self._changed = mode in ("w", "x")
        self._end = 0
        if mode == "r" or adds:
            self._read_directory()

    def _read_directory(self):
        size = self.fp.seek(0, 2)
        start = max(size - 65557, 0)
        self.fp.seek(start)
        tail = self.fp.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) - at < 22:
            self._close_own()
            raise BadZipFile("File is not a zip file")
        count, length, offset, comment = struct.unpack("<10xHIIH", tail[at : at + 22])
        self.comment = tail[at + 22 : at + 22 + comment]
        ends = at
        if tail[max(at - 20, 0) : at][:4] == _LOCATOR64 and tail[max(at - 76, 0) : at][:4] == _END64:
            # the wide record stands for the other, whatever that says: PyTorch writes both
            ends = at - 76
            length, offset = struct.unpack("<QQ", tail[ends + 40 : ends + 56])
        # bytes before the archive move every place in it
        shift = start + ends - length - offset
        self.fp.seek(offset + shift)
        directory, place = self.fp.read(length), 0
        while directory[place : place + 4] == _CENTRAL:
            place = self._read_entry(directory, place, shift)
        self._end = offset + shift

    def _read_entry(self, directory, place, shift):
        fields = struct.unpack("<HHHHHHIIIHHHHHII", directory[place + 4 : place + 46])
        flags, kind, clock, day, crc, packed, size, name, extra, comment = fields[2:12]
        at = place + 46
        info = ZipInfo(directory[at : at + name].decode("utf-8", "replace"))
        info.extra = directory[at + name : at + name + extra]
        info.compress_type, info.CRC, info.flag_bits, info.external_attr = kind, crc, flags, fields[14]
        info.date_time = ((day >> 9) + 1980, day >> 5 & 15, day & 31, clock >> 11, clock >> 5 & 63, (clock & 31) * 2)
        wide = self._wide(info.extra)
        info.file_size = wide.pop(0) if size == _WHOLE and wide else size
        info.compress_size = wide.pop(0) if packed == _WHOLE and wide else packed
        info.header_offset = (wide.pop(0) if fields[15] == _WHOLE and wide else fields[15]) + shift
        self.filelist.append(info)
        self.NameToInfo[info.filename] = info
        return at + name + extra + comment

    @staticmethod
    def _wide(extra):
        while len(extra) >= 4:
            kind, length = struct.unpack("<HH", extra[:4])
            if kind == 1:
                return list(struct.unpack(f"<{length // 8}Q", extra[4 : 4 + length // 8 * 8]))
            extra = extra[4 + length :]
        return []

    def namelist(self):
        return [info.filename for info in self.filelist]

    def infolist(self):
        return self.filelist

    def getinfo(self, name):
        info = self.NameToInfo.get(name)
        if info is None:
            raise KeyError(f"There is no item named {name!r} in the archive")
        return info

    def read(self, name, pwd=None):
        info = name if isinstance(name, ZipInfo) else self.getinfo(name)
        self.fp.seek(info.header_offset)
        head = self.fp.read(30)
        if head[:4] != _LOCAL or len(head) < 30:
            raise BadZipFile("Bad magic number for file header")
        self.fp.seek(info.header_offset + 30 + sum(struct.unpack("<HH", head[26:30])))
        data = self.fp.read(info.compress_size)
        if info.compress_type == ZIP_DEFLATED:
            data = zlib.decompress(data, -15)
        elif info.compress_type != ZIP_STORED:
            raise NotImplementedError("That compression method is not supported")
        if zlib.crc32(data) != info.CRC:
            raise BadZipFile(f"Bad CRC-32 for file {info.filename!r}")
        return data

    def open(self, name, mode="r", pwd=None, *, force_zip64=False):
        return io.BytesIO(self.read(name)) if mode == "r" else _Entry(self, name)

    def testzip(self):
        for info in self.filelist:
            try:
                self.read(info)
            except BadZipFile:
                return info.filename
        return None

    def extract(self, member, path=None, pwd=None):
        info = member if isinstance(member, ZipInfo) else self.getinfo(member)
        # names that lead out of the folder lose what leads out of it
        parts = [part for part in info.filename.split("/") if part not in ("", ".", "..")]
        target = os.path.join(os.getcwd() if path is None else os.fspath(path), *parts)
        if info.is_dir():
            os.makedirs(target, exist_ok=True)
            return target
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with builtins.open(target, "wb") as file:
            file.write(self.read(info))
        return target

    def extractall(self, path=None, members=None, pwd=None):
        for member in self.namelist() if members is None else members:
            self.extract(member, path)

    def printdir(self, file=None):
        print("%-46s %19s %12s" % ("File Name", "Modified    ", "Size"), file=file)
        for info in self.filelist:
            date = "%d-%02d-%02d %02d:%02d:%02d" % info.date_time[:6]
            print("%-46s %s %12d" % (info.filename, date, info.file_size), file=file)

    def writestr(self, zinfo_or_arcname, data, compress_type=None, compresslevel=None):
        if self.mode == "r":
            raise ValueError("write() requires mode 'w', 'x', or 'a'")
        data = data.encode("utf-8") if isinstance(data, str) else bytes(data)
        info = zinfo_or_arcname
        if not isinstance(info, ZipInfo):
            info = ZipInfo(info, time.localtime()[:6])
            info.compress_type = self.compression
        if compress_type is not None:
            info.compress_type = compress_type
        level = self._level if compresslevel is None else compresslevel
        packed = zlib.compress(data, -1 if level is None else level, -15) if info.compress_type else data
        info.CRC, info.file_size, info.compress_size, info.header_offset = zlib.crc32(data), len(data), len(packed), self._end
        self.fp.seek(self._end)
        self.fp.write(self._head(_LOCAL, info) + packed)
        self._end, self._changed = self.fp.tell(), True
        self.filelist.append(info)
        self.NameToInfo[info.filename] = info

    def write(self, filename, arcname=None, compress_type=None, compresslevel=None):
        name = os.fspath(filename if arcname is None else arcname).lstrip("/")
        if os.path.isdir(filename):
            return self.mkdir(name)
        with builtins.open(filename, "rb") as file:
            self.writestr(name, file.read(), compress_type, compresslevel)

    def mkdir(self, name, mode=511):
        self.writestr(ZipInfo(name.rstrip("/") + "/", time.localtime()[:6]), b"")

    def _head(self, mark, info):
        name = info.filename.encode("utf-8")
        year, month, day, hour, minute, second = info.date_time[:6]
        clock, date = hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day
        wide = []
        size, packed, offset = info.file_size, info.compress_size, info.header_offset
        if max(size, packed) >= _WHOLE:
            wide, size, packed = [size, packed], _WHOLE, _WHOLE
        if mark == _CENTRAL and offset >= _WHOLE:
            wide, offset = [*wide, offset], _WHOLE
        extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
        flags = 0 if name.isascii() else 0x800
        same = struct.pack("<HHHHIIIHH", flags, info.compress_type, clock, date, info.CRC, packed, size, len(name), len(extra))
        if mark == _LOCAL:
            return mark + struct.pack("<H", 45 if wide else 20) + same + name + extra
        place = struct.pack("<HHHII", 0, 0, 0, info.external_attr, offset)
        return mark + struct.pack("<HH", 3 << 8 | 20, 45 if wide else 20) + same + place + name + extra

    def close(self):
        if self.fp is None:
            return
        if self._changed:
            self.fp.seek(self._end)
            directory = b"".join([self._head(_CENTRAL, info) for info in self.filelist])
            count, length, offset = len(self.filelist), len(directory), self._end
            end = b""
            if count >= 0xFFFF or max(length, offset) >= _WHOLE:
                end = _END64 + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, length, offset)
                end += struct.pack("<4sIQI", b"PK\x06\x07", 0, offset + length, 1)
                count, length, offset = min(count, 0xFFFF), min(length, _WHOLE), min(offset, _WHOLE)
            end += _END + struct.pack("<HHHHIIH", 0, 0, count, count, length, offset, len(self.comment)) + self.comment
            self.fp.write(directory + end)
            if hasattr(self.fp, "truncate"):
                self.fp.truncate()
        self._close_own()

    def _close_own(self):
        if self._own:
            self.fp.close()
        self.fp = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __repr__(self):
        shown = "[closed]" if self.fp is None else f"filename={self.filename!r} mode={self.mode!r}"
        return f"<zipfile.ZipFile {shown}>"


class _Entry(io.BytesIO):
    """An entry that is written in parts."""

    def __init__(self, archive, name):
        super().__init__()
        self._archive, self._name = archive, name

    def close(self):
        if not self.closed:
            self._archive.writestr(self._name, self.getvalue())
        super().close()

    def __exit__(self, *_):
        self.close()
