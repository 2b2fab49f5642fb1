"""How files are spelt: a frozen tree per dialect, its printer, and a check of every value.

A value that could end its line, open a block or start a comment never reaches a file: printers
raise SpellingError. What a file should say is decided elsewhere.
"""
