"""tar archives: listed, unpacked, written; packed by gzip where asked."""
import builtins
import gzip
import io
import os

BLOCKSIZE, RECORDSIZE = 512, 10240
REGTYPE, AREGTYPE, LNKTYPE, SYMTYPE, DIRTYPE = b"0", b"\0", b"1", b"2", b"5"
GNUTYPE_LONGNAME, GNUTYPE_LONGLINK, XHDTYPE, XGLTYPE = b"L", b"K", b"x", b"g"
USTAR_FORMAT, GNU_FORMAT, PAX_FORMAT, DEFAULT_FORMAT = 0, 1, 2, 2


class TarError(Exception):
    pass


class ReadError(TarError):
    pass


class CompressionError(TarError):
    pass


class ExtractError(TarError):
    pass


class FilterError(TarError):
    pass


class OutsideDestinationError(FilterError):
    def __init__(self, tarinfo, path):
        self.tarinfo, self._path = tarinfo, path
        super().__init__(f"{tarinfo.name!r} would be extracted to {path!r}, which is outside the destination")


def _text(field):
    return field.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def _number(field):
    if field[:1] in (b"\x80", b"\xff"):
        return int.from_bytes(field[1:], "big")
    text = field.split(b"\0", 1)[0].decode("latin-1").strip()
    try:
        return int(text or "0", 8)
    except ValueError:
        raise ReadError("invalid header") from None


def _octal(number, width):
    if number < 8 ** (width - 1):
        return f"{number:0{width - 1}o}".encode() + b"\0"
    return b"\x80" + number.to_bytes(width - 1, "big")


class TarInfo:
    """What an archive says of one file."""

    def __init__(self, name=""):
        self.name, self.size, self.mode, self.mtime, self.type, self.linkname = name, 0, 0o644, 0, REGTYPE, ""
        self.uid = self.gid = 0
        self.uname = self.gname = ""
        self.pax_headers, self.offset_data = {}, 0

    path = property(lambda self: self.name)

    def isfile(self):
        return self.type in (REGTYPE, AREGTYPE)

    isreg = isfile

    def isdir(self):
        return self.type == DIRTYPE

    def issym(self):
        return self.type == SYMTYPE

    def islnk(self):
        return self.type == LNKTYPE

    def _block(self, name, size, type):
        fields = [
            name.ljust(100, b"\0"), _octal(self.mode & 0o7777, 8), _octal(self.uid, 8), _octal(self.gid, 8), _octal(size, 12),
            _octal(int(self.mtime), 12), b"        ", type, self.linkname.encode()[:100].ljust(100, b"\0"), b"ustar\x0000",
            self.uname.encode().ljust(32, b"\0"), self.gname.encode().ljust(32, b"\0"), _octal(0, 8), _octal(0, 8),
        ]
        block = b"".join(fields).ljust(BLOCKSIZE, b"\0")
        return block[:148] + f"{sum(block):06o}\0 ".encode() + block[156:]

    def tobuf(self):
        name = self.name.encode("utf-8", "surrogateescape") + (b"/" if self.isdir() and not self.name.endswith("/") else b"")
        start = b""
        if len(name) > 100:
            start = self._block(b"././@LongLink", len(name) + 1, GNUTYPE_LONGNAME) + _padded(name + b"\0")
        return start + self._block(name[:100], self.size, self.type)

    def __repr__(self):
        return f"<TarInfo {self.name!r} at {id(self):#x}>"


def _padded(data):
    return data + b"\0" * (-len(data) % BLOCKSIZE)


def _pax(data):
    """The lines `length key=value` of an extended header."""
    found = {}
    while data:
        length, _, _ = data.partition(b" ")
        line, data = data[len(length) + 1:int(length) - 1], data[int(length):]
        key, _, value = line.partition(b"=")
        found[key.decode()] = value.decode("utf-8", "surrogateescape")
    return found


class TarFile:
    """An archive, open to read or to write; the whole of it is in memory while it is written or unpacked by gzip."""

    def __init__(self, name=None, mode="r", fileobj=None, **_):
        self.name, self.mode, self.closed = name, mode, False
        self._own = fileobj is None
        self._file = builtins.open(name, mode + "b") if fileobj is None else fileobj
        self.fileobj, self._packs, self._members = self._file, None, []
        if mode == "r":
            self._read()

    @classmethod
    def open(cls, name=None, mode="r", fileobj=None, **kwargs):
        kind, mark, how = mode.partition("|" if "|" in mode else ":")
        if kind not in ("r", "w", "x", "a") or how not in ("", "*", "gz", "bz2", "xz"):
            raise ValueError(f"unknown mode or compression {mode!r}")
        if kind == "a" or how in ("bz2", "xz"):
            raise CompressionError(f"tarfile mode {mode!r} is not in this shell")
        if kind != "r":
            made = cls(name, kind, io.BytesIO() if how == "gz" else fileobj)
            made._packs = (name, fileobj, kind) if how == "gz" else None
            return made
        source = builtins.open(name, "rb") if fileobj is None else fileobj
        start = source.read(2)
        source.seek(-len(start), 1)
        if start == b"\x1f\x8b" and how in ("", "*", "gz"):
            source = io.BytesIO(gzip.decompress(source.read()))
        elif how == "gz":
            raise ReadError("not a gzip file")
        made = cls(name, "r", source)
        made._own = fileobj is None
        return made

    def _read(self):
        at, name, link, extended, everywhere = self._file.tell(), None, None, {}, {}
        first = True
        while True:
            self._file.seek(at)
            block = self._file.read(BLOCKSIZE)
            if not block.strip(b"\0"):
                if first and len(block) < BLOCKSIZE:
                    raise ReadError("empty file")
                return
            if len(block) < BLOCKSIZE:
                raise ReadError("unexpected end of data" if not first else "truncated header")
            if _number(block[148:156]) != sum(block[:148]) + 8 * 32 + sum(block[156:]):
                raise ReadError("invalid header" if first else "bad checksum")
            first = False
            member = self._member(block)
            size, at = member.size, at + BLOCKSIZE
            if member.type in (GNUTYPE_LONGNAME, GNUTYPE_LONGLINK, XHDTYPE, XGLTYPE):
                data = self._file.read(size)
                if member.type == GNUTYPE_LONGNAME:
                    name = _text(data)
                elif member.type == GNUTYPE_LONGLINK:
                    link = _text(data)
                else:
                    (extended if member.type == XHDTYPE else everywhere).update(_pax(data))
            else:
                said = {**everywhere, **extended}
                member.pax_headers = said
                member.name = said.get("path", name or member.name).rstrip("/")
                member.linkname = said.get("linkpath", link or member.linkname)
                size = member.size = int(said.get("size", member.size))
                member.mtime = float(said["mtime"]) if "mtime" in said else member.mtime
                member.offset_data = at
                self._members.append(member)
                name, link, extended = None, None, {}
            at += -(-size // BLOCKSIZE) * BLOCKSIZE

    def _member(self, block):
        name, before = _text(block[:100]), _text(block[345:500])
        is_ustar = block[257:263] == b"ustar\0"
        member = TarInfo(f"{before}/{name}" if before and is_ustar else name)
        member.mode, member.uid, member.gid = (_number(block[a:a + 8]) for a in (100, 108, 116))
        member.type, member.linkname = block[156:157], _text(block[157:257])
        member.size, member.mtime = _number(block[124:136]), _number(block[136:148])
        member.uname, member.gname = _text(block[265:297]), _text(block[297:329])
        if member.type == AREGTYPE and name.endswith("/"):
            member.type = DIRTYPE
        return member

    def getmembers(self):
        return list(self._members)

    def getnames(self):
        return [member.name for member in self._members]

    def getmember(self, name):
        for member in reversed(self._members):
            if member.name == name.rstrip("/"):
                return member
        raise KeyError(f"filename {name!r} not found")

    def __iter__(self):
        return iter(self._members)

    def next(self):
        self._next = getattr(self, "_next", -1) + 1
        return self._members[self._next] if self._next < len(self._members) else None

    def list(self, verbose=True, *, members=None):
        for member in members or self._members:
            print(member.name + ("/" if member.isdir() else ""))

    def extractfile(self, member):
        """The bytes of a file as a file in memory; None for a folder."""
        member = self.getmember(member) if isinstance(member, str) else member
        if member.islnk() or member.issym():
            return self.extractfile(os.path.normpath(os.path.join(os.path.dirname(member.name), member.linkname))
                                    if member.issym() else member.linkname)
        if not member.isfile():
            return None
        self._file.seek(member.offset_data)
        data = self._file.read(member.size)
        if len(data) < member.size:
            raise ReadError("unexpected end of data")
        made = io.BytesIO(data)
        made.name = member.name
        return made

    def _place(self, member, path):
        """Where a member goes: never outside of the folder, whatever its name says."""
        folder = os.path.realpath(path)
        target = os.path.realpath(os.path.join(folder, member.name.lstrip("/")))
        if target != folder and not target.startswith(folder.rstrip("/") + "/"):
            raise OutsideDestinationError(member, target)
        return target

    def extract(self, member, path="", set_attrs=True, *, numeric_owner=False, filter=None):
        member = self.getmember(member) if isinstance(member, str) else member
        target = self._place(member, path or ".")
        if member.isdir():
            os.makedirs(target, exist_ok=True)
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if member.issym():
            inside = TarInfo(os.path.join(os.path.dirname(member.name), member.linkname))
            if os.path.isabs(member.linkname):
                raise OutsideDestinationError(member, member.linkname)
            self._place(inside, path or ".")
            os.symlink(member.linkname, target)
            return
        source = self.extractfile(member)
        if source is None:
            raise ExtractError(f"{member.name!r} is a special file, which this shell does not make")
        with builtins.open(target, "wb") as file:
            file.write(source.read())
        os.chmod(target, member.mode & 0o755 | 0o600)

    def extractall(self, path=".", members=None, *, numeric_owner=False, filter=None):
        for member in members or self._members:
            self.extract(member, path)

    def gettarinfo(self, name=None, arcname=None, fileobj=None):
        name = os.fspath(fileobj.name if name is None else name)
        member = TarInfo((os.fspath(arcname) if arcname is not None else name).lstrip("/"))
        found = os.stat(name)
        member.mtime, member.mode = found.st_mtime, getattr(found, "st_mode", 0o644) & 0o7777
        if os.path.islink(name):
            member.type, member.linkname, member.mode = SYMTYPE, os.readlink(name), 0o777
        elif os.path.isdir(name):
            member.type, member.mode = DIRTYPE, 0o755
        else:
            member.size = found.st_size
        return member

    def add(self, name, arcname=None, recursive=True, *, filter=None):
        name = os.fspath(name)
        member = self.gettarinfo(name, arcname)
        member = filter(member) if filter is not None else member
        if member is None:
            return
        if member.isfile():
            with builtins.open(name, "rb") as file:
                self.addfile(member, file)
            return
        self.addfile(member)
        if member.isdir() and recursive:
            for inner in sorted(os.listdir(name)):
                self.add(os.path.join(name, inner), os.path.join(member.name, inner), filter=filter)

    def addfile(self, tarinfo, fileobj=None):
        if self.mode == "r":
            raise OSError("bad operation for mode 'r'")
        self._file.write(tarinfo.tobuf())
        if fileobj is not None:
            data = fileobj.read(tarinfo.size)
            if len(data) < tarinfo.size:
                raise OSError("unexpected end of data")
            tarinfo.offset_data = self._file.tell()
            self._file.write(_padded(data))
        self._members.append(tarinfo)

    def close(self):
        if self.closed:
            return
        self.closed = True
        if self.mode != "r":
            self._file.write(b"\0" * (2 * BLOCKSIZE))
            self._file.write(b"\0" * (-self._file.tell() % RECORDSIZE))
        if self._packs:
            name, fileobj, kind = self._packs
            packed = gzip.compress(self._file.getvalue())
            if fileobj is not None:
                fileobj.write(packed)
            else:
                with builtins.open(name, kind + "b") as file:
                    file.write(packed)
        if self._own:
            self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


open = TarFile.open


def is_tarfile(name):
    """Whether a file is an archive that can be opened here."""
    try:
        if hasattr(name, "read"):
            at = name.tell()
            TarFile.open(fileobj=name)
            name.seek(at)
        else:
            open(name).close()
        return True
    except TarError:
        return False
