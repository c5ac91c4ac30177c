"""Files that a problem names get the addresses at which they lie."""

from stoa.services.assessment.contract.result import Hint
from stoa.services.progress.domain.addresses import addressed

URLS = {"asset:a.png": "/media/o/1/a.png", "asset:a.png.bak": "/media/o/2/a.png.bak"}


def test_every_name_becomes_the_address_it_stands_for() -> None:
    hint = Hint(
        number=1, html='<img src="asset:a.png"> <a href="asset:a.png.bak">old</a> <img src="asset:b.png">', left=0
    )

    found = addressed(hint, URLS)

    assert found.html == ('<img src="/media/o/1/a.png"> <a href="/media/o/2/a.png.bak">old</a> <img src="asset:b.png">')


def test_what_names_no_file_stays_the_very_same() -> None:
    hint = Hint(number=1, html="<p>Think</p>", left=0)

    assert addressed(hint, URLS) is hint
    assert addressed(hint, {}) is hint
