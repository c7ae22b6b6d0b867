"""Evolution: the loop, its state, and why it stops."""
