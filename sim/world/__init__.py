"""The world: people, ties and venues, made from keyed draws; and the schedule of items."""
