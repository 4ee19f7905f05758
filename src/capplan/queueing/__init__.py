"""Queueing theory: a Network of stations and tasks in, an Outcome out; knows no YAML, clouds or money."""
