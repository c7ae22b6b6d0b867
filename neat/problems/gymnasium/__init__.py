"""Problems in which agents act in a Gymnasium environment."""
