"""Event segmentation: events and people of each segment, bucket by bucket (contract §3)."""
