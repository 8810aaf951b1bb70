"""`python -m shiftledger`."""

from shiftledger.cli.app import main

if __name__ == "__main__":
    main()
