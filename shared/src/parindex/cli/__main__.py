"""`python -m parindex.cli`: the `parindex` command where no script is on the path."""

from parindex.cli.main import app

if __name__ == "__main__":
    app()
