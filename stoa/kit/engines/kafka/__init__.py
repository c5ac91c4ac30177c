"""Kafka as the bus between processes."""
