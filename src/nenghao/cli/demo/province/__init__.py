"""The synthetic province (合成省): 200 invented enterprises and their year of data, with faults whose truth is known.

Everything is drawn from one seed; nothing here is a real enterprise or a fact of an industry. ``plan`` says who exists
and what is metered, ``series`` what truly happened, ``faults`` what went wrong on the way, ``uploads`` what reached the
platform and when; the ``load_*`` modules put it into a hub through its own stores and services.
"""
