"""The bridge between the user's topology and queueing theory: translate, solve, and put back into the user's words."""
