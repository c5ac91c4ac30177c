"""The public catalogue: what anybody finds of the published courses, and what a guest may try."""
