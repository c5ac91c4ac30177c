"""What somebody is told in the application: a bell, a count, and what they would rather not hear."""
