"""What goes on inside, shown: explain, profile, strict."""
