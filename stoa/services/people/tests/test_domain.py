"""The rules of profiles without a database."""

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from stoa.services.people import domain
from stoa.services.people.contract import ProfileInvalid


@given(st.text(max_size=120))
def test_a_clean_name_is_clean_and_cleaning_it_again_changes_nothing(name: str) -> None:
    try:
        cleaned = domain.clean_name(name, field="display_name", may_be_empty=True)
    except ProfileInvalid:
        reject()

    assert cleaned == domain.clean_name(cleaned, field="display_name", may_be_empty=True)
    assert not set(cleaned) & set("\0\r\n\t\u202e\u2066\ufeff\u200b")


@pytest.mark.parametrize("name", ["", "   ", "\0", "\u200b\u202e", "\ufeff"])
def test_a_name_that_nobody_can_see_is_refused(name: str) -> None:
    with pytest.raises(ProfileInvalid):
        domain.clean_name(name, field="display_name")


@pytest.mark.parametrize(
    "name", ["Ada", "José Núñez", "محمد الأحمد", "李小龍", "Ó Súilleabháin", "Teller", "علی\u200cرضا"]
)
def test_names_of_real_people_are_kept_as_they_are(name: str) -> None:
    assert domain.clean_name(name, field="display_name") == name


@pytest.mark.parametrize("locale", ["en", "ar", "pt-BR", "zh-Hant-TW"])
def test_language_tags_are_taken(locale: str) -> None:
    assert domain.check_locale(locale) == locale


@pytest.mark.parametrize("locale", ["", "e", "en_US", "en-", "../../etc", "en\n"])
def test_what_is_no_language_tag_is_refused(locale: str) -> None:
    with pytest.raises(ProfileInvalid):
        domain.check_locale(locale)


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../UTC", "UTC+3"])
def test_time_zones_that_do_not_exist_are_refused(zone: str) -> None:
    with pytest.raises(ProfileInvalid):
        domain.check_time_zone(zone)


def test_themes_are_the_four_that_are_drawn() -> None:
    assert [domain.check_theme(theme) for theme in domain.THEMES] == list(domain.THEMES)
    with pytest.raises(ProfileInvalid):
        domain.check_theme("sepia")
