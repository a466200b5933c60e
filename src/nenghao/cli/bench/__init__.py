"""Measurements of speed and memory (性能测试), one module each with a ``run``.

``run`` takes keyword options with types and defaults and gives a plain dict of numbers; ``nenghao bench`` turns the
options into command-line options. Adding a measurement is adding a file.
"""
