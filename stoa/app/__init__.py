"""The composition root: the one place that knows every service and every engine."""
