"""Export: a champion as something to look at and to hand to other programs."""
