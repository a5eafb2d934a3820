"""Progress: the items, and for whoever looks a line that says how far they are, when it takes long."""

import time

import _front

#: Seconds before the first line, and between two.
_PATIENCE, _PACE = 0.5, 0.1


class tqdm:
    def __init__(self, iterable=None, desc=None, total=None, disable=False, initial=0, unit="it", **options):
        self._items = self.iterable = iterable
        if total is None and iterable is not None:
            try:
                total = len(iterable)
            except (TypeError, AttributeError):
                pass
        self.n, self.total, self.desc, self.unit, self.disable = initial, total, desc or "", unit, bool(disable)
        self.postfix = ""
        self._started = time.monotonic()
        self._next = self._started + _PATIENCE
        self._is_shown = False

    def __iter__(self):
        try:
            for item in self._items:
                yield item
                self.update()
        finally:
            self.close()

    def __len__(self):
        return len(self._items)

    def update(self, n=1):
        self.n += n
        now = time.monotonic()
        if now >= self._next and not self.disable:
            self._next = now + _PACE
            self._is_shown = True
            _front.progress(str(self))

    def __str__(self):
        took = max(time.monotonic() - self._started, 1e-9)
        rate = self.n / took
        before = f"{self.desc}: " if self.desc else ""
        after = f"  {self.postfix}" if self.postfix else ""
        speed = f"{rate:.1f} {self.unit}/s" if rate >= 1 else f"{1 / max(rate, 1e-9):.1f} s/{self.unit}"
        if not self.total:
            return f"{before}{self.n} {self.unit}  {speed}{after}"
        share = min(self.n / self.total, 1)
        bar = ("━" * int(share * 20)).ljust(20)
        left = max(self.total - self.n, 0) / max(rate, 1e-9)
        return f"{before}{bar} {share:4.0%}  {self.n} of {self.total}  {speed}  {left:.0f} s left{after}"

    def refresh(self, *args, **options):
        self.update(0)

    def reset(self, total=None):
        self.n = 0
        self.total = self.total if total is None else total

    def set_description(self, desc=None, refresh=True):
        self.desc = desc or ""

    set_description_str = set_description

    def set_postfix(self, ordered_dict=None, refresh=True, **values):
        shown = {**(ordered_dict or {}), **values}
        text = lambda value: f"{value:.3g}" if isinstance(value, float) else str(value).strip()
        self.postfix = ", ".join(f"{name}={text(value)}" for name, value in shown.items())

    def set_postfix_str(self, s="", refresh=True):
        self.postfix = str(s)

    def close(self):
        if self._is_shown:
            self._is_shown = False
            _front.progress(None)

    def clear(self, *args, **options):
        self.close()

    def __enter__(self):
        return self

    def __exit__(self, *rest):
        self.close()

    @staticmethod
    def write(text, *rest, **options):
        print(text)


def trange(*args, **options):
    return tqdm(range(*args), **options)
