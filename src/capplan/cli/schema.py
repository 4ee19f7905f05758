"""The command `schema`: the JSON Schema of the topology format."""

from capplan.cli.terminal import show


def schema() -> None:
    """Print the JSON Schema of the topology format.

    Editors complete and check topologies with it.

    \b
    Examples:
      capplan schema > capplan.schema.json
    """
    import json

    from capplan.reading import json_schema

    show(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
