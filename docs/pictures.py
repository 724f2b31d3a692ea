"""Draws what Trailbell printed as a picture: of a terminal, a mail or a chat message.

    pictures.py terminal|mail|chat TITLE COLUMNS < TEXT > PICTURE.svg

It changes nothing in the text except for chat markup, which it shows as a chat application does.
"""

import html
import io
import json
import re
import sys

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, MONOKAI
from rich.text import Text

# Makes markup harmless in chats, and has no width.
WORD_JOINER = "\u2060"


def chat(message):
    """The message as a chat application shows it: bold labels, and links by their names."""
    content = json.loads(message)["content"]
    parts = [Text(html.unescape(content["title"]), style="bold"), Text()]
    for line in content["description"].split("\n"):
        label = re.match(r"\*([^*]+)\*(.*)", line)
        text = Text(html.unescape(label[1]), style="bold") if label else Text()
        text.append(html.unescape(label[2] if label else line), style="not bold")
        parts.append(text)
    for step in content.get("nextSteps", []):
        link = re.fullmatch(r"<([^|]+)\|(.*)>", step)
        parts += [Text(), Text(link[2], style="underline blue") if link else Text(html.unescape(step))]
    return Text("\n").join(parts)


def mail(message):
    """The message with its subject in bold."""
    subject, rest = message.split("\n", 1)
    text = Text(subject.removeprefix("Subject: "), style="bold")
    text.append("\n" + rest.rstrip(), style="not bold")
    return text


def main():
    kind, title, columns = sys.argv[1], sys.argv[2], int(sys.argv[3])
    text = sys.stdin.read().replace("\r", "").replace(WORD_JOINER, "").rstrip("\n")
    picture = {"terminal": Text.from_ansi, "mail": mail, "chat": chat}[kind](text)
    console = Console(record=True, width=columns, file=io.StringIO(), force_terminal=True)
    console.print(picture)
    theme = MONOKAI if kind == "terminal" else DEFAULT_TERMINAL_THEME
    svg = console.export_svg(title=title, theme=theme, unique_id=kind)
    # A picture in the documentation loads nothing from elsewhere.
    svg = re.sub(r"@font-face \{[^}]*\}\s*", "", svg).replace("Fira Code", "DejaVu Sans Mono")
    sys.stdout.write(re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE))


if __name__ == "__main__":
    main()
