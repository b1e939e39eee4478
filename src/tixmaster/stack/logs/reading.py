"""The bytes of a log file as lines of UTF-8: whatever it is encoded in, compressed with, or spoilt by."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import shutil
import subprocess
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

from tixmaster.stack.errors import ConfigError, UnreachableError
from tixmaster.stack.logs.line import Raw
from tixmaster.stack.said import said, system

LONGEST_BYTES: Final = 4 * 1024 * 1024
"""What is kept of one line; the rest of it is passed over."""
BLOCK: Final = 1024 * 1024
ENDINGS: Final = (".gz", ".bz2", ".xz", ".zst")
_UTF16: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
DAMAGED: Final = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)


class LogFileError(UnreachableError):
    """A log file that cannot be read."""


class NoLogFileError(ConfigError):
    """A log file that somebody named and that is not there."""


def is_compressed(path: Path) -> bool:
    """Whether the name says so."""
    return path.suffix in ENDINGS


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file for reading its bytes; raises `LogFileError` that says what is in the way."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise explained(path, error) from error
    with file:
        try:
            yield file
        except IsADirectoryError as error:
            raise explained(path, error) from error


def encoding_of(file: BinaryIO) -> str | None:
    """The two-byte encoding that the file's mark names, as PowerShell writes it; None for everything else."""
    file.seek(0)
    return _UTF16.get(file.read(2))


def lines(path: Path, start: int = 0) -> Iterator[Raw]:
    """All lines from offset `start`, without their ends, numbered. Offsets in compressed files and in UTF-16 are those of
    the text. Raises `LogFileError`, also where a compressed file turns out to be damaged."""
    with opened(path) as file:
        if is_compressed(path):
            yield from _damage_told(path, _split(_as_utf8(_decompressed(path, file)), 0, 1))
        elif encoding_of(file):
            file.seek(0)
            yield from _split(_as_utf8(file), 0, 1)
        else:
            yield from plain_lines(file, start, 1 if start == 0 else None)


def blocks(path: Path) -> Iterator[bytes]:
    """The same lines in blocks of about a megabyte, without the end of the last: fast, as nobody asks where they stand."""
    with opened(path) as file:
        if is_compressed(path) or encoding_of(file):
            yield from in_blocks(lines(path))
            return
        file.seek(len(codecs.BOM_UTF8) if _begins_with_mark(file) else 0)
        rest = b""
        while data := file.read(BLOCK):
            whole, end, rest = (rest + data).rpartition(b"\n")
            if end:
                yield _tidied(whole)
            rest = rest[:LONGEST_BYTES]
        if rest:
            yield _tidied(rest)


def _tidied(block: bytes) -> bytes:
    """Lines as `lines` gives them. Only the first one can be too long: the others have come with one reading."""
    if len(block) > LONGEST_BYTES:
        first, end, others = block.partition(b"\n")
        block = first[:LONGEST_BYTES] + end + others
    return b"\n".join(line.rstrip(b"\r") for line in block.split(b"\n")) if b"\r" in block else block


def in_blocks(raws: Iterable[Raw]) -> Iterator[bytes]:
    """The lines, gathered."""
    block: list[bytes] = []
    size = 0
    for raw in raws:
        block.append(raw.data)
        size += len(raw.data) + 1
        if size >= BLOCK:
            yield b"\n".join(block)
            block, size = [], 0
    if block:
        yield b"\n".join(block)


def _begins_with_mark(file: BinaryIO) -> bool:
    file.seek(0)
    return file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8


def lines_of_stream(file: BinaryIO) -> Iterator[Raw]:
    """The lines of a pipe, UTF-8 or UTF-16."""
    return _split(_as_utf8(file), 0, 1)


def plain_lines(file: BinaryIO, start: int, number: int | None) -> Iterator[Raw]:
    """The lines of a file that is open, from offset `start` on; `number` is that of the first where it is known."""
    file.seek(start)
    yield from _split(file, start, number)


def _split(file: BinaryIO, offset: int, number: int | None) -> Iterator[Raw]:
    while data := file.readline(LONGEST_BYTES):
        length = len(data)
        while not data.endswith(b"\n") and (rest := file.readline(BLOCK)):
            length += len(rest)
            if rest.endswith(b"\n"):
                break
        line = data.rstrip(b"\r\n")
        if offset == 0 and line.startswith(codecs.BOM_UTF8):
            line = line[len(codecs.BOM_UTF8) :]
        yield Raw(offset, number, line)
        offset += length
        if number is not None:
            number += 1


def _as_utf8(file: BinaryIO) -> BinaryIO:
    """The same text in UTF-8, without its mark."""
    buffered = file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, file))
    encoding = _UTF16.get(buffered.peek(2)[:2])
    if encoding is None:
        return buffered
    buffered.read(2)
    return cast(BinaryIO, io.BufferedReader(_Recoded(buffered, encoding), BLOCK))


class _Recoded(io.RawIOBase):
    """A stream in another encoding, read as UTF-8."""

    def __init__(self, source: BinaryIO, encoding: str) -> None:
        self._source, self._rest = source, b""
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # typeshed's name for it is private
        while not self._rest:
            block = self._source.read(BLOCK)
            self._rest = self._decoder.decode(block, final=not block).encode("utf-8", "replace")
            if not block:
                break
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def _decompressed(path: Path, file: BinaryIO) -> BinaryIO:
    match path.suffix:
        case ".gz":
            return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=file))))
        case ".bz2":
            return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, bz2.BZ2File(file))))
        case ".xz":
            return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, lzma.LZMAFile(file))))
        case _:
            return _zstd(path)


def _zstd(path: Path) -> BinaryIO:
    """Through the zstd program: Python 3.11 has no decoder of its own."""
    if shutil.which("zstd") is None:
        raise LogFileError(
            said(
                "{path} is compressed with zstd, which is not installed. `apt-get install zstd`, or unpack it.",
                "{path} 以 zstd 壓縮，但未安裝 zstd。請執行 `apt-get install zstd`，或先解壓縮。",
                path=path,
            )
        )
    process = subprocess.Popen(["zstd", "-dcq", "--", str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return cast(BinaryIO, _Piped(process))


class _Piped(io.BufferedReader):
    """What a program prints; closing it ends the program."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(cast(io.RawIOBase, process.stdout))
        self._process = process

    def close(self) -> None:
        super().close()
        self._process.kill()
        self._process.wait()

    def __del__(self) -> None:
        self.close()


def _damage_told(path: Path, found: Iterator[Raw]) -> Iterator[Raw]:
    try:
        yield from found
    except (*DAMAGED, OSError) as error:
        damaged = said(
            "{path} is damaged ({why}); what stands before the damage was read.",
            "{path} 已損毀（{why}）；損毀處之前的內容已讀取。",
            path=path,
            why=system(error),
        )
        raise LogFileError(damaged) from error


def explained(path: Path, error: OSError) -> Exception:
    """The error as what a person can act on."""
    if isinstance(error, FileNotFoundError):
        return NoLogFileError(
            said(
                "there is no file {path}. Check the name, or `tix logs SERVICE` for a service's own log.",
                "沒有檔案 {path}。請確認名稱，或以 `tix logs SERVICE` 查看服務本身的 Log。",
                path=path,
            )
        )
    if isinstance(error, IsADirectoryError):
        return NoLogFileError(
            said("{path} is a folder. Name a file in it.", "{path} 是目錄，請指定其中的檔案。", path=path)
        )
    if isinstance(error, PermissionError):
        return LogFileError(
            said(
                "no permission to read {path}. Run it as its owner, or: sudo chmod o+r {path}",
                "沒有讀取 {path} 的權限。請以其擁有者執行，或：`sudo chmod o+r {path}`",
                path=path,
            )
        )
    return LogFileError(
        said("cannot read {path}: {why}.", "無法讀取 {path}：{why}。", path=path, why=system(error.strerror or error))
    )
