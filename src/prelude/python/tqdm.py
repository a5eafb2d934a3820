"""Progress: the items, without a bar."""


class tqdm:
    def __init__(self, iterable=None, desc=None, total=None, **options):
        self._items = iterable
        self.n = 0

    def __iter__(self):
        for item in self._items:
            self.n += 1
            yield item

    def __len__(self):
        return len(self._items)

    def update(self, n=1):
        self.n += n

    def set_description(self, desc=None, refresh=True):
        pass

    def set_postfix(self, *args, **kwargs):
        pass

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *rest):
        self.close()

    @staticmethod
    def write(text, *rest, **options):
        print(text)


def trange(*args, **options):
    return tqdm(range(*args), **options)
