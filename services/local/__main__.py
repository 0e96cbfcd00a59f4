"""`python -m services.local`: the `vizyt` command."""

from services.local.cli import main

if __name__ == "__main__":
    main()
