"""The terminal form of a list of machine types. It must not know whether there is a terminal."""

from rich.text import Text

from capplan.report.canvas import PLAIN, Page, cell, columns, draw
from capplan.report.machines import Listed, columns_of, remarks

NARROW_WITHOUT = ("cores", "a month")
ROOM_FOR_DISKS = 130


def to_table(listed: Listed, page: Page = PLAIN) -> str:
    """A line for each machine, and below what the marks mean and where the prices hold."""
    left_out = {*(NARROW_WITHOUT if page.narrow else ()), *(("disk",) if page.width < ROOM_FOR_DISKS else ())}
    shown = [column for column in columns_of(listed) if column.heading not in left_out]
    title, *headings = (column.heading.upper() for column in shown)
    figures = [column.heading.upper() for column in shown if column.figure]
    table = columns(page, title, *headings, right=figures)
    table.columns[0].min_width = max((len(machine.name or "") for machine in listed.machines), default=0)
    for machine in listed.machines:
        table.add_row(*(cell(column.text(machine)) for column in shown))
    return draw([table, Text(""), *(cell(remark) for remark in remarks(listed))], page)
