"""Files of people and of events: what their rows are, how they are written, who makes them."""
