"""A broadcast that the audience watches as HLS, made by somebody else."""
