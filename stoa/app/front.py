"""What is no API: the pages of the web application, and the second origin that serves what users made."""

from stoa.app.process import Process
from stoa.kit.http.app import AsgiApp


def page_front(process: Process) -> AsgiApp | None:
    """Return the application that serves the pages; None in a clone whose web was not built."""
    return None


def content_front(process: Process) -> AsgiApp | None:
    return None
