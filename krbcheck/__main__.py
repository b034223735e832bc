"""`python -m krbcheck` is the `krbcheck` command."""

from krbcheck.cli.main import main

if __name__ == "__main__":
    main()
