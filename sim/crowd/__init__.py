"""The crowd: where posts are, who will come to them when, and what people do with them."""
