"""The types of the kernel language's own arguments."""
