"""Worlds from files: lists of ties and memberships, GraphML and GEXF, forwards between channels, Telegram exports."""
