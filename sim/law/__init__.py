"""Law: the diligence record of a platform, and the legal elements that it speaks to."""
