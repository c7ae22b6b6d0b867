"""`python -m neat`: the command line."""

from neat_command import main

main()
