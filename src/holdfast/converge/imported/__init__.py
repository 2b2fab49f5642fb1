"""Configurations that people already have, as Timers, with the origin of every value.

files -> recognise -> read (one reader a kind) -> Reading -> assemble -> Imported
                                                              -> findings, tail, block
"""
