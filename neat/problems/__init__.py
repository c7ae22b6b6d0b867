"""Problems: what evaluates networks."""
