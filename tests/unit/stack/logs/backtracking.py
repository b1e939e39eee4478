"""The patterns of log lines for Python's `re`, which those for RE2 were derived from. They say what is right."""

from __future__ import annotations

import re

_ENDS = (
    "com|net|org|edu|gov|mil|info|biz|local|internal|lan|asia|app|dev|cloud|"
    "cn|tw|jp|kr|hk|sg|in|id|my|th|vn|ph|de|fr|uk|nl|ru|br|au|nz|ca|us|pl|se|no|fi|dk|ch|at|be|it|es|pt|gr|ro|ua|il|za|eu|"
    "cz|sk|hu|tr|ar|cl|mx|tv"
)
_ALONE = "(?<![0-9A-Za-z])"
_ENDED = "(?![0-9A-Za-z])"
_PART = r"[A-Za-z0_$][\w$-]*"
_UNITS = r"(?:ns|us|µs|ms|msecs?|secs?|seconds?|mins?|minutes?|hours?|days?|[KMGT]i?B|kB|[KMGT]?bytes?|B)\b"
VALUE = re.compile(
    rf"""
    \b[0a-fA-F]{{8}}-[0a-fA-F]{{4}}-[0a-fA-F]{{4}}-[0a-fA-F]{{4}}-[0a-fA-F]{{12}}\b                        # UUID
  | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                                                                  # e-mail
  | \b[a-z][a-z0+.-]*://[^\s"'<>)\],;]+                                                           # URL
  | \b(?:[A-Za-z]:|\\)\\[^\s"'<>|]+                                                               # path of Windows
  | (?<![0-9A-Za-z_/.*\x00])~?/(?:[\w.@%+~=-]+/+)+(?:[^\s"'()<>|;,:]|[,:](?=\S))*                  # path
  | (?<![0-9A-Za-z_/.*)\]>\x00])/[A-Za-z_][\w.-]*                                                 # path, just one step
  | (?<![\w'])'(?![A-Za-z]{{1,20}}')[^'\s]{{1,200}}'(?![\w'])                                      # quoted value, no word
  | (?<![\w"])"(?![A-Za-z]{{1,20}}")[^"\s]{{1,200}}"(?![\w"])
  | \\000[^\\]{{1,200}}\\000                                                                      # the same, quotes escaped
  | \b0[xX][0a-fA-F]+\b                                                                           # address
  | \b(?:[0a-fA-F]{{1,2}}[:-]){{5,}}[0a-fA-F]{{1,2}}\b                                            # network card
  | (?<![\w:])(?:[0a-fA-F]{{0,4}}:){{2,7}}[0a-fA-F]{{1,4}}(?![\w:])                               # IPv6 address
  | (?<![\w.-])(?:[A-Za-z0_][\w-]*\.)+(?:{_ENDS})\b(?![.\w(])(?::0+)?                              # host
  | (?<![\w.$-])(?P<name>(?=[0_$.-]*[A-Za-z])\.?{_PART}(?:\.{_PART}){{2,}}(?:/\.?{_PART}(?:\.{_PART})*)?)  # package, class
  | (?<![\w.-])[A-Za-z][\w-]*(?:\.[\w-]+)+:0+\b                                                   # host, or file, and number
  | {_ALONE}(?:(?=[0a-f]*0)[0a-f]{{7,}}|(?=[0A-F]*0)[0A-F]{{7,}}){_ENDED}                          # hash, id
  | {_ALONE}(?:[0a-f]{{8}}|[0a-f]{{16}}|[0a-f]{{24}}|[0a-f]{{32}}|[0a-f]{{40}}|[0a-f]{{64}}){_ENDED}
  | {_ALONE}(?:(?=[A-Z-]*0)[A-Z0]+(?:-[A-Z0]+)+|(?=[A-Za-z-]*0)[A-Za-z0]+(?:-[A-Za-z0]+){{2,}}){_ENDED}    # code, machine
  | <?(?<![A-Za-z0.])[+-]?0+(?:\.0+)?(?:{_UNITS}|[smhd%](?!\w))                                    # duration, size, share
  | {_ALONE}[A-Za-z]*0+[A-Za-z][A-Za-z0]*                                                         # id of letters and digits
  | {_ALONE}[A-Za-z]0+{_ENDED}                                                                     # a letter and a number
  | (?<![A-Za-z0])[+-]?0+(?:[.,:]0+)*  |  0+(?:\.0+)*                                              # number, version, IPv4
    """,
    re.VERBOSE,
)
_SAID = re.compile(r"(?:Error|Exception|Failure|Fault|Throwable|Interrupt|Exit|Timeout|Warning)$")
_OWNED = re.compile(r"\.?(?:com|org|net|io|cn|tw|me|dev)\.")
HASH = re.compile(
    r"((?:[A-Za-z][A-Za-z_]*[_=])?)(?=[a-f]*0)[0a-f]{7,}(?:-[0a-f]{4}){0,3}(?:-[0a-f]{12})?([\])},:;.]*)$"
    r"|((?:[a-z]+/)?[a-z]*[g-z][a-z]*-)(?=[a-f]*0)[0a-f]{7,}([\])},:;.]*)$"
)
WHO = re.compile(
    r"(?<=[Uu]ser\ )(?!unknown\b|name\b)[\w.@\\-]+(?=\ (?:from|by)\b|\ \[|$)|(?<=\bfor\ )(?!invalid\b)[\w.@-]+(?=\ from\b)"
)
COMPOSED = re.compile(r"(?:[0-9A-Za-z_~.+@$#/\\{}\[\]-]*\*){2,}(?:[0-9A-Za-z_~+@$#/\\{}\[\]-]|\.(?=\w))*")
REPEATED = re.compile(r"(?<!\S)(\S*\*\S*(?: \S+){0,2}?)(?: \1)+(?!\S)")
LEVEL = re.compile(
    r"\b(?:(?P<bad>ERROR|FATAL|CRITICAL|SEVERE|EMERG(?:ENCY)?|PANIC|CRIT|ALERT|FAILURE)"
    r"|(?P<fine>INFO|DEBUG|WARN(?:ING)?|NOTICE|TRACE|VERBOSE|LOG))\b"
    r"|[\[<(](?:\w+:)?(?:(?P<bad2>error|fatal|critical|crit|alert|emerg|panic|err)"
    r"|(?P<fine2>info|debug|warn(?:ing)?|notice|trace))[\]>)]"
    r"|\b(?:level|lvl|severity)=\"?(?:(?P<bad3>err(?:or)?|fatal|crit(?:ical)?|alert|emerg|d?panic)|(?P<fine3>\w+))"
    r"|^(?P<glog>[IWEF])\d{4} \d\d:"
    r"|^\d\d-\d\d [\d:.]{8,12} +\d+ +\d+ (?P<logcat>[VDIWEF]) "
)
TROUBLE = re.compile(
    r"Traceback \(most recent call last\)|\b\w*(?:Exception|Error)\b(?::|$| at | in )|\bpanic:|\b(?:error|fatal)\b ?:"
    r"|\b[Uu]nhandled\b|\b[Ss]egmentation fault\b|\bfatal error\b"
    r'|" 5\d\d (?:\d|-)|\bHTTP/?[\d.]* 5\d\d\b|\bstatus[=: ]+5\d\d\b'
)

PYTHON = re.compile(r'^\s*File "(?P<file>[^"]+)", line \d+, in (?P<name>\S+)', re.MULTILINE)
PYTHON_END = re.compile(r"^(?P<type>[A-Za-z_][\w.]*)(?::|$)", re.MULTILINE)
AT = re.compile(
    r"^\s+at (?:async )?(?:new )?(?P<name>[\w.$<>\[\] /]+?) ?\((?P<file>[^()]*?)(?::\d+)*\)"  # Java, JavaScript
    r"|^\s+at (?:async )?(?P<bare>\S+?)(?::\d+)+$"  # JavaScript without a name
    r"|^\s+at (?P<net>[\w.`<>+]+)\(",  # .NET
    re.MULTILINE,
)
GO = re.compile(r"^(?P<name>[\w./]+(?:\.\(\*?\w+\))?\.\w+)\(.*\)$", re.MULTILINE)
TYPE = re.compile(r"\b((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Failure|Fault|Throwable|Interrupt|Exit))\b")
CAUSE = re.compile(r"^\s*Caused by: (?P<type>[\w.$]+)", re.MULTILINE)
_DAY = r"\d{4}[-/.]\d\d[-/.]\d\d"
_CLOCK = r"\d\d[:.]\d\d[:.]\d\d(?:[.,:]\d+)?"
_ZONE = r"(?: ?(?:Z|UTC|GMT|[A-Z]{3,4}(?= )|[+-]\d\d:?\d\d))?"
_TIME = rf"{_DAY}[T ]{_CLOCK}"
_STAMP = _TIME + _ZONE
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_LEVEL_NAME = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|ERR|SEVERE|FATAL|CRITICAL|CRIT|PANIC|LOG)"
_SYSLOG = rf"{_MONTH} +\d+ {_CLOCK} \S++ "
_TAG = r"(?:[\w./() $@-]{1,80}?(?:\[\d+\])?(?: \([^)]*\))?: +)?"
_OPENSTACK = rf" \d+ {_LEVEL_NAME} \S+ \[[^\]]*\] "
_USUAL = (
    rf"[\])]?[ ,:|-]*(?:[\[(<]?{_LEVEL_NAME}[\])>]?[ :|-]+)?(?:\[[\w./: $-]{{1,80}}\][ :|-]*)?"
    r"(?:[\w$-]+(?:\.[\w$-]+)+(?::\d+)?(?: -|:|\]) +)?"
)

_AFTER_TIME = (
    rf" {_LEVEL_NAME} +\[.*?\] [\w.$]+: ",  # Log4j as Hadoop writes it
    rf" - {_LEVEL_NAME} +\[.+?\] - ",  # as ZooKeeper does
    _OPENSTACK,
    r" \[\w+\] \d+#\d+: (?:\*\d+ )?",  # nginx
    rf" \[\d+\](?: \S+@\S+)?:? {_LEVEL_NAME}: +",  # PostgreSQL
    rf" - [\w.]+ - {_LEVEL_NAME} - ",  # Python, as everybody writes it
    _USUAL,
)
_REQUEST = r'\S++ \S++ \[\d\d/\w{3}/[^\]]+\] "(?P<method>[A-Z]+) (?P<path>[^" ?]*)[^"]*" \d{3}\b'
_COLLECTED = (
    r"\d{10} \d{4}\.\d\d\.\d\d \S++ "
    rf"(?:\d{{4}}-\d\d-\d\d-[\d.]+ \S++ \S++ \S++ \S++ |{_SYSLOG}{_TAG})"  # BlueGene's RAS events, or syslog
)
_LAYOUTS = (
    rf"\S++ (?:{_REQUEST}|{_COLLECTED})",
    rf"(?:<\d+>)?{_SYSLOG}{_TAG}",  # syslog
    rf"\d\d/\d\d/\d\d {_CLOCK} [A-Z]+ \S+: ",  # Spark
    r"\d{6} \d{6} \d+ [A-Z]+ \S+: ",  # HDFS
    r"\d++ \S++ \S++ \S++ \d{10} \d+ ",  # HPC
    rf"{_DAY} {_CLOCK}, \w+ +\w+ +",  # component-based servicing of Windows
    rf"\d\d-\d\d {_CLOCK} +\d+ +\d+ [VDIWEF] [^:]{{1,80}}: ",  # Android
    r"\d{8}-[\d:]+\|[^|]+\|\d+\|",  # HealthApp
    rf"\[\w{{3}} {_MONTH} +\d+ {_CLOCK} \d{{4}}\] \[[^\]]+\] (?:\[pid [^\]]+\] )?",  # Apache
    rf"\[\d\d\.\d\d {_CLOCK}\] [^\]]{{1,60}}? - ",  # Proxifier
    r"[IWEF]\d{4} [\d:.]+ +\d+ \S+\] ",  # glog, klog
    rf"<\d+>\d {_STAMP} \S++ \S++ \S++ \S++ (?:-|\[[^\]]*\]) ",  # syslog, RFC 5424
    rf"\S++ {_STAMP}{_OPENSTACK}",  # OpenStack, behind a file's name
    f"{_TIME}(?:{'|'.join(_ZONE + rest for rest in _AFTER_TIME)})",
    rf"[\[(]{_STAMP}{_USUAL}",
    rf"{_LEVEL_NAME}:[\w.]+:",  # Python, as it comes
    rf"[\[(<]?{_LEVEL_NAME}[\])>]?(?:[ :|-]+{_STAMP})?[ :|-]+",
)
HEADER = re.compile("|".join(_LAYOUTS))


def star(found: re.Match[str]) -> str:
    """What stands for a value."""
    name = found["name"]
    if name is None:
        return "*"
    last = name.rpartition(".")[2]
    if _SAID.search(last) or (last[:1].isupper() and name[:1].islower() and not _OWNED.match(name)):
        return name.replace("0", "*")
    return "*"
