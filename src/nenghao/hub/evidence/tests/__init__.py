"""Tests of the evidence app."""
