"""``python -m readhead`` is ``readhead``."""

from readhead.cli import main

if __name__ == "__main__":
    main()
