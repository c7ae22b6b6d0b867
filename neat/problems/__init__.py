"""Problems: what networks are judged by."""
