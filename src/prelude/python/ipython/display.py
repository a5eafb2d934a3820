import uuid

import _front


class DisplayObject:
    """Data in a form that a notebook shows."""

    def __init__(self, data=None, url=None, filename=None, metadata=None):
        if url is not None:
            raise ValueError(f"{type(self).__name__}(url=…) would fetch a page: torchsh opens files only")
        if filename is not None:
            with open(filename, self._mode) as file:
                data = file.read()
        self.data, self.filename, self.metadata = data, filename, metadata or {}

    _mode = "r"

    def __repr__(self):
        return f"<IPython.core.display.{type(self).__name__} object>"


class TextDisplayObject(DisplayObject):
    pass


class Pretty(TextDisplayObject):
    def __repr__(self):
        return str(self.data)


class HTML(TextDisplayObject):
    def _repr_html_(self):
        return self.data

    def __html__(self):
        return self.data


class Markdown(TextDisplayObject):
    def _repr_markdown_(self):
        return self.data


class Latex(TextDisplayObject):
    def _repr_latex_(self):
        return self.data


class Math(TextDisplayObject):
    def _repr_latex_(self):
        return f"$\\displaystyle {self.data.strip('$')}$"


class SVG(DisplayObject):
    def _repr_svg_(self):
        return self.data


class Image(DisplayObject):
    _mode = "rb"

    def __init__(self, data=None, url=None, filename=None, format=None, **options):
        if isinstance(data, str) and filename is None:
            data, filename = None, data
        super().__init__(data, url, filename)
        self.format = (format or ("jpeg" if (self.data or b"")[:2] == b"\xff\xd8" else "png")).lower()

    def _repr_png_(self):
        return self.data if self.format == "png" else None

    def _repr_jpeg_(self):
        return self.data if self.format in ("jpeg", "jpg") else None


class DisplayHandle:
    """What was shown, to be shown anew."""

    def __init__(self, display_id=None):
        self.display_id = display_id or uuid.uuid4().hex

    def __repr__(self):
        return f"<DisplayHandle display_id={self.display_id}>"

    def display(self, obj, **options):
        display(obj, display_id=self.display_id)

    def update(self, obj, **options):
        update_display(obj, display_id=self.display_id)


def display(*objs, display_id=None, clear=False, **options):
    """Shows values in the richest form that the front can show. With display_id they can be shown anew."""
    if clear:
        clear_output(wait=True)
    if display_id is True:
        display_id = uuid.uuid4().hex
    for value in objs:
        _front.show(value, display_id)
    if display_id is not None:
        return DisplayHandle(display_id)


def update_display(obj, *, display_id, **options):
    """Shows a value in the place of what was shown under display_id."""
    _front.show(obj, display_id, True)


def clear_output(wait=False):
    """Takes away what the cell has shown; with wait when the next thing is shown."""
    _front.clear(wait)


def display_html(*objs, raw=False, **options):
    display(*(HTML(value) for value in objs) if raw else objs)


def display_markdown(*objs, raw=False, **options):
    display(*(Markdown(value) for value in objs) if raw else objs)
