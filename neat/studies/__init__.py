"""Many runs of one configuration: batches, tables, statistics and comparisons."""
