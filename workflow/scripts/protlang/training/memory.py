"""Memory of a process that trains."""

import ctypes

_TRIM_THRESHOLD, _MOST_MAPPINGS = -1, -4
"""Of `mallopt` in glibc's malloc.h."""


def keep_freed_memory() -> None:
    """Let the process reuse memory that it has freed, where the C library is glibc.

    By default large tensors are mapped anew each time, and the kernel clears every page
    of them: with recurrent models that takes a third of each update. The process may
    keep up to 2 GiB more than it needs.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "gnu_get_libc_version"):
        library.mallopt(_TRIM_THRESHOLD, 2**31 - 1)
        library.mallopt(_MOST_MAPPINGS, 0)
