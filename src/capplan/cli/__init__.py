"""The command line: thin shells that read, call one function, show the result and exit."""
