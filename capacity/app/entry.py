"""What runs for every session: the pages."""

from capacity.app import main

if __name__ == "__main__":  # and not in a process that a page starts
    main()
