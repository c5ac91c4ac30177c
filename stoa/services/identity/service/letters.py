"""What identity writes to people, in each language it speaks."""

from html import escape

from stoa.kit.contract import Struct
from stoa.services.identity.domain import Purpose


class Words(Struct, frozen=True, kw_only=True):
    """One letter: its subject, what it says, the words on the link, and what to do if it was not you."""

    subject: str
    says: str
    action: str
    otherwise: str


_ENGLISH = {
    Purpose.VERIFY: Words(
        subject="Confirm your e-mail address",
        says="Welcome! Confirm that this address is yours, and your account is ready.",
        action="Confirm my address",
        otherwise="If you did not sign up, you need not do anything.",
    ),
    Purpose.RESET: Words(
        subject="Choose a new password",
        says="You asked for a new password. Choosing one logs you out on all devices.",
        action="Choose a new password",
        otherwise="If you did not ask for this, your password is still good and you need not do anything.",
    ),
    Purpose.CONFIRM_EMAIL: Words(
        subject="Confirm your new e-mail address",
        says="You asked to use this address for your account from now on.",
        action="Use this address",
        otherwise="If you did not ask for this, you need not do anything.",
    ),
    Purpose.UNDO_EMAIL: Words(
        subject="Your e-mail address was changed",
        says="Your account now uses another address. If that was you, all is well.",
        action="Undo the change",
        otherwise="If it was not you, undo the change within seven days; all devices are logged out.",
    ),
}
_ARABIC = {
    Purpose.VERIFY: Words(
        subject="أكّد عنوان بريدك الإلكتروني",
        says="أهلًا بك! أكّد أن هذا العنوان لك ليصبح حسابك جاهزًا.",
        action="تأكيد عنواني",
        otherwise="إن لم تكن أنت من أنشأ الحساب فلا يلزمك فعل شيء.",
    ),
    Purpose.RESET: Words(
        subject="اختر كلمة مرور جديدة",
        says="لقد طلبت كلمة مرور جديدة. اختيارها يسجّل خروجك من جميع الأجهزة.",
        action="اختيار كلمة مرور جديدة",
        otherwise="إن لم تطلب ذلك فكلمة مرورك ما زالت صالحة ولا يلزمك فعل شيء.",
    ),
    Purpose.CONFIRM_EMAIL: Words(
        subject="أكّد عنوان بريدك الجديد",
        says="لقد طلبت استخدام هذا العنوان لحسابك من الآن فصاعدًا.",
        action="استخدام هذا العنوان",
        otherwise="إن لم تطلب ذلك فلا يلزمك فعل شيء.",
    ),
    Purpose.UNDO_EMAIL: Words(
        subject="تم تغيير عنوان بريدك الإلكتروني",
        says="يستخدم حسابك الآن عنوانًا آخر. إن كنت أنت من غيّره فكل شيء على ما يرام.",
        action="التراجع عن التغيير",
        otherwise="إن لم تكن أنت فتراجع عن التغيير خلال سبعة أيام، وسيُسجَّل الخروج من جميع الأجهزة.",
    ),
}
_TAKEN = {
    "en": Words(
        subject="You already have an account",
        says="Somebody, perhaps you, tried to sign up with this address, which already has an account.",
        action="Log in or choose a new password",
        otherwise="If it was not you, you need not do anything.",
    ),
    "ar": Words(
        subject="لديك حساب بالفعل",
        says="حاول شخص ما، ربما أنت، التسجيل بهذا العنوان الذي له حساب بالفعل.",
        action="تسجيل الدخول أو اختيار كلمة مرور جديدة",
        otherwise="إن لم تكن أنت فلا يلزمك فعل شيء.",
    ),
}


def words_for(purpose: Purpose | None, *, locale: str) -> Words:
    """Return the letter of a purpose (None: the address already has an account) in a language, English failing that."""
    language = locale.split("-", maxsplit=1)[0].lower()
    if purpose is None:
        return _TAKEN.get(language, _TAKEN["en"])
    return (_ARABIC if language == "ar" else _ENGLISH)[purpose]


def as_text(words: Words, url: str) -> str:
    """Return the letter as plain text."""
    return f"{words.says}\n\n{words.action}:\n{url}\n\n{words.otherwise}\n"


def as_html(words: Words, url: str, *, locale: str) -> str:
    """Return the letter as HTML that needs nothing from outside."""
    direction = "rtl" if locale.split("-", maxsplit=1)[0].lower() == "ar" else "ltr"
    return (
        f'<!doctype html><html lang="{escape(locale)}" dir="{direction}"><body style="font:16px/1.5 '
        f'system-ui,sans-serif;max-width:34em;margin:2em auto;padding:0 1em"><p>{escape(words.says)}</p><p>'
        f'<a href="{escape(url)}" '
        'style="display:inline-block;padding:.7em 1.2em;border-radius:10px;background:#0B6178;color:#fff;'
        f'text-decoration:none">{escape(words.action)}</a></p><p style="color:#504B44">{escape(words.otherwise)}</p>'
        "</body></html>"
    )
