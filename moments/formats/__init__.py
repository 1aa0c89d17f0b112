"""How Django's own pages write days and times."""
