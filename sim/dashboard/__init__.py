"""The dashboard: a Dash application over stored results and scenarios (extra `rumorlab[dashboard]`)."""
