"""The command `stoa`, also as `python -m stoa`."""

from stoa.cli.main import main

if __name__ == "__main__":
    main()
