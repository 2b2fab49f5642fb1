"""One reader a format: a Source in, a Reading out, or InputError with the line that cannot be.

What a reader does not know it passes over; only a value that it needs must be readable.
"""
