"""Funnels: who gets from step to step within a window (contract §3)."""
