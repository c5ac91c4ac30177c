"""Organizations: tenants, their members, who may do what, and how they look."""
