"""What deterministic algorithms do with memory that nobody has written to."""
fill_uninitialized_memory = True
