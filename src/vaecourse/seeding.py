"""One call that makes a chapter repeatable."""

import numpy as np
import torch


def set_seed(seed: int) -> torch.Generator:
    """Seed PyTorch and NumPy, use one thread, and return a generator.

    With one thread the sums inside a matrix product are taken in one order, so that
    the book and a reader's notebook give the same numbers on the same machine.

    Parameters
    ----------
    seed : int
        0 or larger, below 2**32 (NumPy's limit).

    Returns
    -------
    torch.Generator
        On the CPU, seeded with `seed`, for functions that take ``generator=``.

    Raises
    ------
    ValueError
        If `seed` is not such an integer.

    Examples
    --------
    >>> a = torch.rand(2, generator=set_seed(0))
    >>> b = torch.rand(2, generator=set_seed(0))
    >>> torch.equal(a, b)
    True
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be an integer from 0 to 2**32 - 1, got {seed!r}")
    torch.set_num_threads(1)
    np.random.seed(seed)  # noqa: NPY002 (scikit-learn's default source)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)
