"""Addresses taken apart and put together."""
import re
from collections import namedtuple

_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")
_WITH_PARAMETERS = ("", "ftp", "hdl", "prospero", "http", "imap", "https", "shttp", "rtsp", "rtspu", "sip", "sips", "mms", "sftp", "tel")


def quote(string, safe="/", encoding="utf-8", errors="strict"):
    data = string if isinstance(string, bytes) else string.encode(encoding, errors)
    return "".join([chr(byte) if chr(byte) in _SAFE or chr(byte) in safe else f"%{byte:02X}" for byte in data])


def quote_plus(string, safe="", encoding="utf-8", errors="strict"):
    return quote(string, safe + " ", encoding, errors).replace(" ", "+")


def unquote(string, encoding="utf-8", errors="replace"):
    def decoded(found):
        return bytes.fromhex(found.group(0).replace("%", "")).decode(encoding, errors)

    return re.sub(r"(?:%[0-9A-Fa-f]{2})+", decoded, string)


def unquote_plus(string, encoding="utf-8", errors="replace"):
    return unquote(string.replace("+", " "), encoding, errors)


def urlencode(query, doseq=False, safe="", encoding="utf-8", errors="strict", quote_via=quote_plus):
    pairs = []
    for key, value in query.items() if hasattr(query, "items") else query:
        many = doseq and not isinstance(value, (str, bytes)) and hasattr(value, "__iter__")
        for one in value if many else [value]:
            pairs.append(f"{quote_via(str(key), safe)}={quote_via(one if isinstance(one, bytes) else str(one), safe)}")
    return "&".join(pairs)


def parse_qsl(qs, keep_blank_values=False, separator="&"):
    pairs = []
    for part in qs.split(separator):
        name, equals, value = part.partition("=")
        if part and (value or keep_blank_values):
            pairs.append((unquote_plus(name), unquote_plus(value)))
    return pairs


def parse_qs(qs, keep_blank_values=False, separator="&"):
    found = {}
    for name, value in parse_qsl(qs, keep_blank_values, separator):
        found.setdefault(name, []).append(value)
    return found


class _Place:
    """What both kinds of results know of the place they name."""

    def _place(self):
        before, _, host = self.netloc.rpartition("@")
        name, colon, port = host.partition("]") if host.startswith("[") else host.partition(":")
        if host.startswith("["):
            name, port = name[1:], port.removeprefix(":")
        user, given, password = before.partition(":")
        return name, port, user if before else None, password if given else None

    @property
    def hostname(self):
        return self._place()[0].lower() or None

    @property
    def port(self):
        port = self._place()[1]
        return int(port) if port else None

    @property
    def username(self):
        return self._place()[2]

    @property
    def password(self):
        return self._place()[3]


class SplitResult(_Place, namedtuple("SplitResult", ["scheme", "netloc", "path", "query", "fragment"])):
    def geturl(self):
        return urlunsplit(self)


class ParseResult(_Place, namedtuple("ParseResult", ["scheme", "netloc", "path", "params", "query", "fragment"])):
    def geturl(self):
        return urlunparse(self)


def urlsplit(url, scheme="", allow_fragments=True):
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", url, re.S)
    if found:
        scheme, url = found.group(1).lower(), found.group(2)
    netloc = query = fragment = ""
    if url.startswith("//"):
        end = min([at for at in (url.find(mark, 2) for mark in "/?#") if at >= 0] or [len(url)])
        netloc, url = url[2:end], url[end:]
    if allow_fragments:
        url, _, fragment = url.partition("#")
    url, _, query = url.partition("?")
    return SplitResult(scheme, netloc, url, query, fragment)


def urlparse(url, scheme="", allow_fragments=True):
    scheme, netloc, path, query, fragment = urlsplit(url, scheme, allow_fragments)
    folder, slash, last = path.rpartition("/")
    params = ""
    if scheme in _WITH_PARAMETERS and ";" in last:
        last, _, params = last.partition(";")
        path = folder + slash + last
    return ParseResult(scheme, netloc, path, params, query, fragment)


def urlunsplit(parts):
    scheme, netloc, path, query, fragment = parts
    if netloc or path.startswith("//"):
        path = f"//{netloc}{'/' if path and not path.startswith('/') else ''}{path}"
    return (f"{scheme}:" if scheme else "") + path + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


def urlunparse(parts):
    scheme, netloc, path, params, query, fragment = parts
    return urlunsplit((scheme, netloc, f"{path};{params}" if params else path, query, fragment))


def urljoin(base, url, allow_fragments=True):
    if not base or not url:
        return url or base
    known, new = urlsplit(base), urlsplit(url, urlsplit(base).scheme)
    if new.scheme != known.scheme:
        return url
    if new.netloc:
        return urlunsplit(new)
    if not new.path:
        return urlunsplit((known.scheme, known.netloc, known.path, new.query or known.query, new.fragment))
    path = new.path if new.path.startswith("/") else known.path.rpartition("/")[0] + "/" + new.path
    parts = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(parts) > 1:
                parts.pop()
        elif segment != ".":
            parts.append(segment)
    if segments[-1] in (".", ".."):
        parts.append("")
    return urlunsplit((known.scheme, known.netloc, "/".join(parts), new.query, new.fragment))


def urldefrag(url):
    rest, _, fragment = url.partition("#")
    return namedtuple("DefragResult", ["url", "fragment"])(rest, fragment)
