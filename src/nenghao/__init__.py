"""nenghao (能耗): open, end-to-end on-line monitoring of industrial energy use."""

__version__ = "0.1.0"
