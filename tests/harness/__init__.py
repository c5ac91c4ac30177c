"""The whole platform under test: started as a person starts it, reached as a browser reaches it."""
