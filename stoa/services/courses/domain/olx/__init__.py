"""Reading Open edX courses (OLX): find the root, walk every element, convert what can be, report the rest."""
