"""The use cases of enrollment: seats, and the files of people that fill them."""
