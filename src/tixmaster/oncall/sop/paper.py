"""The bound book as a page of HTML that needs nothing else, and as PDF by a headless Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from tixmaster.oncall.errors import NoBrowserError
from tixmaster.oncall.sop.book import NUMBER, Book
from tixmaster.oncall.sop.prose import SHELLS

LONGEST_TMPDIR = 64
"""Bytes; a socket's name has 108, of which Chromium takes some forty."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)
PRINT_SECONDS = 120
STYLE = Path(__file__).with_name("book.css")


class _Renderer(RendererHTML):
    """Headings have their anchors, and a block of commands says for which shell it is."""

    def heading_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        heading = next(env["headings"], None)
        if heading is not None:
            tokens[at].attrSet("id", heading.anchor)
            if heading.begins:
                tokens[at].attrSet("class", "begins")
        return self.renderToken(tokens, at, options, env)

    def fence(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        shell = SHELLS.get(tokens[at].info.strip())
        block = super().fence(tokens, at, options, env)
        return f'<figure class="typed"><figcaption>{shell}</figcaption>{block}</figure>\n' if shell else block

    def table_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        """Tables are told apart by how many columns they have: two are a step or a list."""
        columns = 0
        for token in tokens[at:]:
            if token.type == "thead_close":
                break
            columns += token.type == "th_open"
        tokens[at].attrSet("class", f"columns-{columns}")
        return self.renderToken(tokens, at, options, env)


_MARKDOWN = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")


def html(book: Book) -> str:
    """One page, with its style in it; printed, it is A4 with numbered pages."""
    title, _, rest = book.markdown.partition("\n")
    env = {"headings": iter(book.headings)}
    body = Markup(_MARKDOWN.render(rest, env))  # noqa: S704 - html is off
    style = Markup(STYLE.read_text(encoding="utf-8"))  # noqa: S704 - our own file
    page = Markup(
        '<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        "<title>{number} {title}</title>\n"
        "<style>\n{style}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}</body>\n</html>\n"
    )
    return str(
        page.format(language=book.language, number=NUMBER, title=title.removeprefix("# "), style=style, body=body)
    )


def environment() -> dict[str, str]:
    """The browser's: it makes a socket in `TMPDIR` and ends where that socket's name would be too long (unix(7))."""
    own = dict(os.environ)
    if len(os.fsencode(own.get("TMPDIR", ""))) > LONGEST_TMPDIR:
        del own["TMPDIR"]
    return own


def pdf(book: Book, file: Path, browsers: Iterable[str] = BROWSERS) -> None:
    """Prints the page into `file`; raises `NoBrowserError` where there is no browser, or it did not print."""
    browser = next((found for name in browsers if (found := shutil.which(name))), None)
    if browser is None:
        raise NoBrowserError(
            "PDF is printed by Chromium, and there is none on the PATH. Install it (Debian: apt install chromium, "
            "macOS: brew install --cask chromium, Windows: winget install Google.Chrome), or take --format html and "
            "print that page."
        )
    with tempfile.TemporaryDirectory(prefix="tix-book-") as folder:
        page = Path(folder) / "book.html"
        page.write_text(html(book), encoding="utf-8")
        root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command = [browser, *FLAGS, *root, f"--user-data-dir={folder}/profile"]
        target = Path(folder) / "book.pdf"
        try:
            done = subprocess.run(
                [*command, f"--print-to-pdf={target}", page.as_uri()],
                capture_output=True,
                text=True,
                timeout=PRINT_SECONDS,
                env=environment(),
            )
        except subprocess.TimeoutExpired as error:
            raise NoBrowserError(f"{browser} did not print within {PRINT_SECONDS} s; take --format html.") from error
        if not target.is_file():
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise NoBrowserError(f"{browser} printed nothing (exit {done.returncode}): {last}. Take --format html.")
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(target, file)
