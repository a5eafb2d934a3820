"""Names of how memory is mapped; torch.load maps files by itself."""
ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY = 0, 1, 2, 3
MAP_SHARED, MAP_PRIVATE, MAP_ANON = 1, 2, 32
MAP_ANONYMOUS = MAP_ANON
PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
PAGESIZE = ALLOCATIONGRANULARITY = 4096


class mmap:
    def __init__(self, *args, **kwargs):
        raise NotImplementedError("mmap.mmap is not in this shell: torch.load maps a file by itself, open() reads one")
