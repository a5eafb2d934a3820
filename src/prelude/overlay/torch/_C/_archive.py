"""Archives of records: what torch.save writes, record by record."""
import os
import struct
import zipfile


class PyTorchFileReader:
    """Reads the records of an archive; their names are without the archive's own folder."""

    def __init__(self, name_or_buffer):
        self._archive = zipfile.ZipFile(name_or_buffer)
        names = self._archive.namelist()
        if not names:
            raise RuntimeError("PytorchStreamReader failed reading zip archive: archive is empty")
        self._folder = names[0].split("/")[0] + "/"

    def _info(self, name):
        try:
            return self._archive.getinfo(self._folder + name)
        except KeyError:
            raise RuntimeError(
                f"PytorchStreamReader failed locating file {name}: file not found"
            ) from None

    def get_record(self, name):
        return self._archive.read(self._info(name))

    def has_record(self, name):
        return self._folder + name in self._archive.NameToInfo

    def get_all_records(self):
        return [name.removeprefix(self._folder) for name in self._archive.namelist()]

    def get_record_offset(self, name):
        """Where the bytes of a record begin in the file."""
        at = self._info(name).header_offset
        self._archive.fp.seek(at + 26)
        return at + 30 + sum(struct.unpack("<HH", self._archive.fp.read(4)))

    def archive_name(self):
        return self._folder[:-1]

    def version(self):
        return int(self.get_record("version" if self.has_record("version") else ".data/version"))

    def serialization_id(self):
        return self.get_record(".data/serialization_id").decode() if self.has_record(".data/serialization_id") else ""


class PyTorchFileWriter:
    """Writes records into an archive, under a folder of the file's name."""

    def __init__(self, name_or_buffer, compute_crc32=True, storage_alignment=64):
        named = isinstance(name_or_buffer, (str, os.PathLike))
        stem = os.path.basename(os.fspath(name_or_buffer)).rsplit(".", 1)[0] if named else "archive"
        self._folder = stem + "/"
        self._archive = zipfile.ZipFile(name_or_buffer, "w")
        self._written = []

    def write_record(self, name, data, size):
        data = data.encode() if isinstance(data, str) else bytes(data)
        self._archive.writestr(self._folder + name, data[:size])
        self._written.append(name)

    def write_record_metadata(self, name, size):
        """Room for a record that is written later, full of zeros."""
        self.write_record(name, bytes(size), size)

    def get_all_written_records(self):
        return list(self._written)

    def archive_name(self):
        return self._folder[:-1]

    def set_min_version(self, version):
        """A file of records alone is of the oldest version that can be read."""

    def write_end_of_file(self):
        if "byteorder" not in self._written:
            self.write_record("byteorder", "little", 6)
        if "version" not in self._written:
            self.write_record("version", b"3\n", 2)
        self._archive.close()
