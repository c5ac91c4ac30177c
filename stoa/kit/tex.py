"""TeX as people write it, without what only a printer or a package of LaTeX would need."""

import re

DROPPED = re.compile(
    r"\\(?:label|require|vspace\*?|bibliography|pagestyle)\s*\{[^{}]*\}"
    r"|\\(?:nonumber|notag|hfill|newline|noindent|centering|allowbreak|nobreak|bigskip|medskip|smallskip|par|protect)"
    r"(?![A-Za-z])"
)
COMMENT = re.compile(r"(?<!\\)%[^\n]*")
RENAMED = {
    "bcancel": r"\cancel", "xcancel": r"\cancel", "mod": r"\bmod", "middle": "", "unit": r"\mathrm", "si": r"\mathrm",
    "celsius": r"^{\circ}\mathrm{C}", "num": "", "bm": r"\boldsymbol", "arg": r"\operatorname{arg}",
    "hdots": r"\ldots", "copyright": "©", "P": "¶", "ratio": ":", "textsuperscript": r"^\text",
    "textsubscript": r"_\text",
}  # fmt: skip
NAME = re.compile(r"\\(" + "|".join(RENAMED) + r")(?![A-Za-z])")
SIZED_BAR = re.compile(r"\\[bB]igg?[lrm]?\s*(?=\\[lr]?[vV]ert)")
QUANTITY = re.compile(r"\\(?:SI|qty)\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
CHEMISTRY = re.compile(r"\\ce\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
ARROWS = {"<=>": r"\rightleftharpoons ", "<->": r"\leftrightarrow ", "->": r"\rightarrow ", "<-": r"\leftarrow "}
ARROW = re.compile("|".join(map(re.escape, ARROWS)))
CHARGE = re.compile(r"\^\{?([0-9]*[+-]|[0-9]+)\}?")
COUNT = re.compile(r"(?<=[A-Za-z)\]])(\d+)")


def tidied(tex: str) -> str:
    """Return a formula in the commands that converters know; cleaning it twice changes nothing."""
    tex = COMMENT.sub("", tex) if "%" in tex else tex
    if "\\" not in tex:
        return tex
    tex = CHEMISTRY.sub(_chemistry, tex)
    tex = QUANTITY.sub(r"\1\\,\\mathrm{\2}", tex)
    return NAME.sub(lambda match: RENAMED[match[1]], SIZED_BAR.sub("", DROPPED.sub(" ", tex)))


def _chemistry(match: re.Match[str]) -> str:
    """Return a formula of chemistry as mhchem writes them: H2O, SO4^2-, A + B -> C."""
    pieces = re.split(f"({ARROW.pattern})", match[1])
    written = [ARROWS[piece] if piece in ARROWS else _formula(piece) for piece in pieces]
    return "".join(written)


def _formula(text: str) -> str:
    if not text.strip():
        return ""
    counted = COUNT.sub(r"_{\1}", CHARGE.sub(lambda match: f"^{{{match[1]}}}", text))
    return f"\\mathrm{{{counted.strip()}}}"
