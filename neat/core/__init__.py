"""The ground: errors, addressed random numbers, the function table and the kernel decorator."""
