"""Many analyses for one question; so far two of them, held against each other."""
