"""One file per decision of a user or a moderator: pure scalar functions, compiled, called by every crowd."""
