"""Problems that are tables of inputs and targets."""
