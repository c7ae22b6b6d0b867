"""`python -m neat`: the command line."""

from neat.cli import main

main()
