"""The Mesa agents: users, channels and groups, moderators, and the platform."""
