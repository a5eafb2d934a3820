"""torch.utils.serialization.config: what torch.save and torch.load take where the call says nothing."""


class load:
    # A file is always mapped, and never written into.
    mmap = False
    endianness = None
    mmap_flags = 2
    calculate_storage_offsets = False


class save:
    compute_crc32 = True
    use_pinned_memory_for_d2h = False
    storage_alignment = 64
