"""Processes killed in the middle of what people do: nothing that was acknowledged is lost or counted twice."""
