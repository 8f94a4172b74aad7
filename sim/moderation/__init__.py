"""The moderation organisation: cases, the queue, and what is counted of its work."""
