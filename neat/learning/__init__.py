"""Learning by gradients: back-propagation through evolved networks."""
