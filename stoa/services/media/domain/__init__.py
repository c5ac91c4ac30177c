"""What media decides without touching anything."""
