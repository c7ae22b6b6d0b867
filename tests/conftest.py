"""Settings of the whole suite."""

from hypothesis import settings

# Kernels compile inside the first example; derandomised, so that a green suite stays green.
settings.register_profile("neat", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("neat")
