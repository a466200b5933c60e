"""Analysis of a region's energy use (形势分析): comparison, decomposition of change, the monthly report."""
