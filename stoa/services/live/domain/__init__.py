"""The rules of a live class: values in, values out."""
