"""Stories: networks to which something happens while they are played. The doors are `story`, what is told, and
`telling`, which tells it."""
