"""Versions of packages as PEP 440 writes and orders them."""

import re

_FORM = re.compile(
    r"\s*v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)"
    r"(?P<pre>[-_.]?(?P<pre_l>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<pre_n>[0-9]+)?)?"
    r"(?P<post>(?:-(?P<post_n1>[0-9]+))|(?:[-_.]?(?P<post_l>post|rev|r)[-_.]?(?P<post_n2>[0-9]+)?))?"
    r"(?P<dev>[-_.]?dev[-_.]?(?P<dev_n>[0-9]+)?)?(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*",
    re.IGNORECASE,
)
_LETTERS = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
_LEAST, _MOST = (-1,), (1,)


class InvalidVersion(ValueError):
    """A text that is not a version."""


class Version:
    def __init__(self, version):
        found = _FORM.fullmatch(version)
        if found is None:
            raise InvalidVersion(f"Invalid version: {version!r}")
        self.epoch = int(found["epoch"] or 0)
        self.release = tuple([int(part) for part in found["release"].split(".")])
        letter = (found["pre_l"] or "").lower()
        self.pre = (_LETTERS.get(letter, letter), int(found["pre_n"] or 0)) if letter else None
        self.post = int(found["post_n1"] or found["post_n2"] or 0) if found["post"] else None
        self.dev = int(found["dev_n"] or 0) if found["dev"] else None
        parts = re.split(r"[-_.]", found["local"].lower()) if found["local"] else None
        self._local = tuple([int(part) if part.isdigit() else part for part in parts]) if parts else None
        self._key = self._order()

    def _order(self):
        release = self.release
        while len(release) > 1 and release[-1] == 0:
            release = release[:-1]
        # A development release comes before what it leads to, a final one after all that lead to it.
        if self.pre is not None:
            pre = (0, *self.pre)
        else:
            pre = _LEAST if self.post is None and self.dev is not None else _MOST
        post = _LEAST if self.post is None else (0, self.post)
        dev = _MOST if self.dev is None else (0, self.dev)
        local = _LEAST if self._local is None else (0, tuple([(1, part, "") if isinstance(part, int) else (0, 0, part) for part in self._local]))
        return self.epoch, release, pre, post, dev, local

    @property
    def local(self):
        return ".".join([str(part) for part in self._local]) if self._local else None

    @property
    def public(self):
        return str(self).split("+", 1)[0]

    @property
    def base_version(self):
        epoch = f"{self.epoch}!" if self.epoch else ""
        return epoch + ".".join([str(part) for part in self.release])

    @property
    def is_prerelease(self):
        return self.dev is not None or self.pre is not None

    @property
    def is_postrelease(self):
        return self.post is not None

    @property
    def is_devrelease(self):
        return self.dev is not None

    @property
    def major(self):
        return self.release[0]

    @property
    def minor(self):
        return self.release[1] if len(self.release) > 1 else 0

    @property
    def micro(self):
        return self.release[2] if len(self.release) > 2 else 0

    def __str__(self):
        text = self.base_version
        if self.pre is not None:
            text += f"{self.pre[0]}{self.pre[1]}"
        if self.post is not None:
            text += f".post{self.post}"
        if self.dev is not None:
            text += f".dev{self.dev}"
        return f"{text}+{self.local}" if self._local else text

    def __repr__(self):
        return f"<Version({str(self)!r})>"

    def __hash__(self):
        return hash(self._key)

    def __eq__(self, other):
        return self._key == other._key if isinstance(other, Version) else NotImplemented

    def __lt__(self, other):
        return self._key < other._key if isinstance(other, Version) else NotImplemented

    def __le__(self, other):
        return self._key <= other._key if isinstance(other, Version) else NotImplemented

    def __gt__(self, other):
        return self._key > other._key if isinstance(other, Version) else NotImplemented

    def __ge__(self, other):
        return self._key >= other._key if isinstance(other, Version) else NotImplemented


def parse(version):
    return Version(version)
