"""Accounting by GB/T 2589 (能耗核算): month accounts, energy balance, allocation, trace of every figure."""
