"""The use cases of live: classes, rooms and what is said in them."""
