"""The door of the command `neat`: outside the folder `neat`, which another distribution may overwrite."""

import sys
from pathlib import Path


def main() -> None:
    """Run the command line, unless neat-python, whose import folder is `neat` too, is installed beside it."""
    for folder in sys.path:
        if next(Path(folder).glob("neat_python-*-info"), None):
            print(
                f"neat-python is installed in {folder}, and its import folder is `neat` too: this "
                "environment cannot hold both (pip uninstall neat-python, or give it a virtual environment "
                "of its own; then reinstall neat-engine)",
                file=sys.stderr,
            )
            sys.exit(2)
    from neat.cli import main as run

    run()
