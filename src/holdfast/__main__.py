"""`python -m holdfast`: the command, wherever its script may be."""

from holdfast.cli.main import main

main()
