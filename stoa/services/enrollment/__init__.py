"""Enrolment: who has a seat in which course, who waits for one, and by what right."""
