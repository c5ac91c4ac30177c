"""What other services may know of catalog: its errors."""

from stoa.kit.errors import NotFound


class NotListed(NotFound):
    """No such course, or it is not for the public."""

    code, title = "catalog.not_listed", "There is no such course in the catalogue"


class NotForTrying(NotFound):
    """The unit or problem cannot be tried without a seat."""

    code, title = "catalog.not_for_trying", "This part cannot be tried without enrolling"
