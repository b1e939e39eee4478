"""`tix sop book`: the manual bound for paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from tixmaster.cli.output import console

Format = Literal["md", "html", "pdf"]
SUFFIXES: dict[str, Format] = {".md": "md", ".html": "html", ".htm": "html", ".pdf": "pdf"}


def book(
    *,
    lang: Literal["en", "zh-TW"] = "en",
    format: Format | None = None,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> int:
    """Bind the printable SOP-MON-001 from the documents of the manual, in one language.

    Parameters
    ----------
    lang
        The language; what is written in the other is left out.
    format
        What to make; as the file's name says, else Markdown. PDF needs Chromium.
    output
        The file to write. Without it Markdown and HTML go to standard output, PDF into SOP-MON-001.LANG.pdf here.
    """
    from tixmaster.oncall.clock import utc_now
    from tixmaster.oncall.sop import book as books
    from tixmaster.oncall.sop import paper
    from tixmaster.oncall.sop.library import load
    from tixmaster.stack import config

    wanted = format or (SUFFIXES.get(output.suffix.lower()) if output else None) or "md"
    loaded = config.load()
    bound = books.bind(load(loaded.sop, loaded.service_names), loaded.sop, lang, utc_now().astimezone().date())
    if wanted == "pdf":
        output = output or Path(f"{books.NUMBER}.{lang}.pdf")
        paper.pdf(bound, output)
    else:
        text = paper.html(bound) if wanted == "html" else bound.markdown
        if output is None:
            print(text, end="")
            return 0
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    console().print(str(output), markup=False)
    return 0
