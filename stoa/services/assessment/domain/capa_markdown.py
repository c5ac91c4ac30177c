"""The shorthand that Open edX authors write problems in, turned into the OLX dialect."""

import html
import re

CHOICE = re.compile(r"^\s*\(([xX@! ]{0,3})\)\s*(.*)$")
CHECKBOX = re.compile(r"^\s*\[\s*([xX ]?)\s*\]\s*(.*)$")
ANSWER = re.compile(r"^\s*(=|or=|not=|s=)\s*(.*)$")
FEEDBACK = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
COMBINED = re.compile(r"^\s*\{\{\s*\(\((.*?)\)\)\s*(.*?)\}\}\s*$", re.DOTALL)
SELECTED = re.compile(r"(?:^|\{)\s*(s|selected|u|unselected)\s*:\s*(.*?)\s*(?:\}|(?=\{)|$)", re.DOTALL | re.IGNORECASE)
QUESTION = re.compile(r">>(.*?)<<", re.DOTALL)
DROPDOWN = re.compile(r"\[\[(.+?)\]\]", re.DOTALL)
EXPLANATION = re.compile(r"\[explanation\](.*?)\[/?explanation\]", re.DOTALL | re.IGNORECASE)
CODE = re.compile(r"\[code\]\n?(.*?)\[/?code\]", re.DOTALL | re.IGNORECASE)
HINT = re.compile(r"^\s*\|\|(.*?)\|\|\s*$", re.MULTILINE)
NUMBER = re.compile(r"^[\[(]?\s*[-+]?[\d.]")


def olx(markdown: str) -> str:
    """Return a problem's shorthand as a <problem> element."""
    text = markdown.replace("\r\n", "\n")
    hints: list[str] = []
    sections = [_Section().written(section, hints) for section in re.split(r"\n\s*---\s*\n", text)]
    told = "".join(f"<hint>{_safe(hint)}</hint>" for hint in hints)
    return f"<problem>{''.join(sections)}{f'<demandhint>{told}</demandhint>' if told else ''}</problem>"


class _Section:
    """One question of the shorthand, read line by line."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.label = ""
        self.group: list[tuple[str, str]] = []
        self.kind = ""
        self.combined: list[str] = []

    def written(self, text: str, hints: list[str]) -> str:
        solutions: list[str] = []
        text = EXPLANATION.sub(lambda match: self._keep(solutions, match[1]), text)
        text = HINT.sub(lambda match: self._keep(hints, match[1].strip()), text)
        text = QUESTION.sub(self._question, text)
        text = DROPDOWN.sub(self._dropdown, text)
        text = CODE.sub(lambda match: f"\n<pre><code>{html.escape(match[1])}</code></pre>\n", text)
        for line in text.split("\n"):
            self._line(line)
        self._flush()
        worked = "".join(
            f'<solution><div class="detailed-solution"><p>Explanation</p>{_prose(one)}</div></solution>'
            for one in solutions
        )
        return "".join(self.out) + worked

    @staticmethod
    def _keep(where: list[str], text: str) -> str:
        where.append(text)
        return ""

    def _question(self, match: re.Match[str]) -> str:
        question, _, tip = match[1].partition("||")
        about = f"<description>{_safe(tip.strip())}</description>" if tip.strip() else ""
        self.label = f"<label>{_safe(question.strip())}</label>{about}"
        return ""

    def _dropdown(self, match: re.Match[str]) -> str:
        inside = match[1]
        options = inside.split("\n") if "\n" in inside.strip() else inside.split(",")
        written = []
        for option in filter(None, (one.strip() for one in options)):
            words, feedback = _split_feedback(option)
            right = re.fullmatch(r"\((.*)\)", words.strip(), re.DOTALL)
            told = f"<optionhint>{_safe(feedback)}</optionhint>" if feedback else ""
            shown = _safe(right[1] if right else words.strip().rstrip(","))
            written.append(f'<option correct="{bool(right)}">{shown}{told}</option>')
        body = f"<optionresponse>{self._take_label()}<optioninput>{''.join(written)}</optioninput></optionresponse>"
        return f"\n{body}\n"

    def _line(self, line: str) -> None:
        for kind, pattern in (("radio", CHOICE), ("check", CHECKBOX), ("answer", ANSWER)):
            match = pattern.match(line)
            if match is None:
                continue
            if self.kind not in {"", kind} or (kind == "answer" and match[1] in {"=", "s="} and self.group):
                self._flush()
            self.kind = kind
            self.group.append((match[1], match[2]))
            return
        combined = COMBINED.match(line) if self.kind == "check" else None
        if combined is not None:
            letters = html.escape(combined[1].strip())
            self.combined.append(f'<compoundhint value="{letters}">{_safe(combined[2].strip())}</compoundhint>')
        elif self.group and line.strip() and "{{" in self.group[-1][1] and "}}" not in self.group[-1][1]:
            self.group[-1] = (self.group[-1][0], f"{self.group[-1][1]} {line.strip()}")
        elif line.strip():
            self._flush()
            self.out.append(line if line.lstrip().startswith("<") else f"<p>{_safe(line.strip())}</p>")

    def _flush(self) -> None:
        if self.group:
            writer = {"radio": self._radio, "check": self._check, "answer": self._answer}[self.kind]
            self.out.append(writer())
        self.group, self.kind, self.combined = [], "", []

    def _take_label(self) -> str:
        label, self.label = self.label, ""
        return label

    def _radio(self) -> str:
        written = []
        for mark, text in self.group:
            words, feedback = _split_feedback(text)
            correct = str("x" in mark.lower()).lower()
            fixed = ' fixed="true"' if "@" in mark else ""
            told = f"<choicehint>{_safe(feedback)}</choicehint>" if feedback else ""
            written.append(f'<choice correct="{correct}"{fixed}>{_safe(words)}{told}</choice>')
        shuffle = ' shuffle="true"' if any("!" in mark for mark, _ in self.group) else ""
        return (
            f"<multiplechoiceresponse>{self._take_label()}"
            f'<choicegroup type="MultipleChoice"{shuffle}>{"".join(written)}</choicegroup></multiplechoiceresponse>'
        )

    def _check(self) -> str:
        written = []
        for mark, text in self.group:
            words, feedback = _split_feedback(text)
            told = ""
            for which, said in SELECTED.findall(feedback) if feedback else ():
                selected = str(which.lower().startswith("s")).lower()
                told += f'<choicehint selected="{selected}">{_safe(said.strip(" ,{}"))}</choicehint>'
            if feedback and not told:
                told = f'<choicehint selected="true">{_safe(feedback)}</choicehint>'
            correct = str(mark.strip().lower() == "x").lower()
            written.append(f'<choice correct="{correct}">{_safe(words)}{told}</choice>')
        return (
            f"<choiceresponse>{self._take_label()}<checkboxgroup>{''.join(written)}{''.join(self.combined)}"
            "</checkboxgroup></choiceresponse>"
        )

    def _answer(self) -> str:
        answers = [(mark, *_split_feedback(text)) for mark, text in self.group]
        first = answers[0][1]
        if answers[0][0] == "s=" or not _is_number(first):
            return self._text(answers)
        value, tolerance = _tolerance(first)
        told = f"<correcthint>{_safe(answers[0][2])}</correcthint>" if answers[0][2] else ""
        more = "".join(
            f'<additional_answer answer="{html.escape(_tolerance(text)[0])}">'
            + (f"<correcthint>{_safe(said)}</correcthint>" if said else "")
            + "</additional_answer>"
            for mark, text, said in answers[1:]
            if mark == "or="
        )
        param = f'<responseparam type="tolerance" default="{html.escape(tolerance)}"/>' if tolerance else ""
        return (
            f'<numericalresponse answer="{html.escape(value)}">{self._take_label()}{param}{more}'
            f"<formulaequationinput/>{told}</numericalresponse>"
        )

    def _text(self, answers: list[tuple[str, str, str]]) -> str:
        first = answers[0][1]
        is_regex = first.startswith("|")
        more = ""
        for mark, text, said in answers[1:]:
            tag = "stringequalhint" if mark == "not=" else "additional_answer"
            inside = _safe(said) if mark == "not=" else f"<correcthint>{_safe(said)}</correcthint>" if said else ""
            more += f'<{tag} answer="{html.escape(text)}">{inside}</{tag}>'
        told = f"<correcthint>{_safe(answers[0][2])}</correcthint>" if answers[0][2] else ""
        return (
            f'<stringresponse answer="{html.escape(first.lstrip("|").strip())}" '
            f'type="ci{" regexp" if is_regex else ""}">{self._take_label()}{told}{more}'
            f'<textline size="20"/></stringresponse>'
        )


def _split_feedback(text: str) -> tuple[str, str]:
    said = " ".join(part.strip() for part in FEEDBACK.findall(text))
    return FEEDBACK.sub("", text).strip(), said


def _tolerance(text: str) -> tuple[str, str]:
    value, _, tolerance = text.partition("+-")
    return value.strip(), tolerance.strip()


def _is_number(text: str) -> bool:
    value = _tolerance(text)[0]
    return bool(NUMBER.match(value)) and not re.search(r"[A-Za-z]{3,}", value)


def _prose(text: str) -> str:
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]
    return "".join(block if block.startswith("<") else f"<p>{_safe(block)}</p>" for block in blocks)


def _safe(text: str) -> str:
    """Escape what is not markup: authors mix HTML into the shorthand."""
    text = re.sub(r"&(?!#?\w+;)", "&amp;", text)
    return re.sub(r"<(?![A-Za-z/!])", "&lt;", text)
