"""What is not known for sure: uncertain inputs, what they do to every result, and which inputs matter most."""
