"""page.py PAGE: is the page whole? Says what is wrong, and exits 1.

Tags are balanced and known, names are unique, links lead somewhere, pictures lie within the page, can be decoded and have
a text instead, there is no script but the one that copies commands, nothing to fetch, and no directive of a template is left.
A page may only lead to the same page in the other language, and to explore.html.
"""
import base64
import re
import struct
import sys
import xml.etree.ElementTree as xml
import zlib
from html.parser import HTMLParser

VOID = {"meta", "img", "br", "hr", "link", "col", "wbr"}
KNOWN = VOID | set(
    "html head title style body header nav main section h1 h2 h3 h4 p a b i em strong code pre div span figure "
    "figcaption table caption thead tbody tr th td ol ul li dl dt dd details summary sub sup small h4 script".split())
OTHER = r"((report|handout)\.(en|fr)|explore)\.html$"


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.wrong, self.open, self.ids, self.links, self.pictures, self.scripts, self.text = [], [], [], [], 0, 0, ""

    def handle_starttag(self, tag, attributes):
        at = dict(attributes)
        if tag not in KNOWN:
            self.wrong.append(f"unknown element {tag}")
        if tag in ("p", "h2", "h3", "figure", "table", "div", "pre", "ul", "ol") and "p" in self.open:
            self.wrong.append(f"{tag} within p, line {self.getpos()[0]}")
        for name, value in attributes:
            if name.startswith("on") or (name in ("src", "href") and not re.match("#|data:image/|" + OTHER, value)):
                self.wrong.append(f"{tag} {name}={value[:40]}")
        if "id" in at:
            self.ids.append(at["id"])
        if tag == "a":
            if not re.match(OTHER, at["href"]):
                self.links.append(at["href"][1:])
        if tag == "script":
            self.scripts += 1
        if tag == "img":
            self.picture(at)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes something else, line {self.getpos()[0]}")

    def handle_data(self, data):
        if self.open[-1:] not in (["style"], ["script"]):
            self.text += data

    def picture(self, at):
        self.pictures += 1
        if not at.get("alt"):
            self.wrong.append(f"picture {self.pictures} has no text")
        kind, data = at["src"].split(";base64,")
        data = base64.b64decode(data, validate=True)
        if kind == "data:image/png":
            assert data[:8] == b"\x89PNG\r\n\x1a\n" and b"IEND" in data[-12:], "no PNG"
            size, position = 0, 8
            while position < len(data):
                length, name = struct.unpack(">I4s", data[position:position + 8])
                if struct.unpack(">I", data[position + 8 + length:position + 12 + length])[0] != \
                        zlib.crc32(data[position + 4:position + 8 + length]):
                    self.wrong.append(f"picture {self.pictures}: a PNG's CRC")
                position += 12 + length
        else:
            texts = [t for e in xml.fromstring(data).iter() if e.tag.endswith(("}text", "}tspan")) for t in e.itertext()]
            if not any(t.strip() for t in texts):
                self.wrong.append(f"picture {self.pictures}: an SVG without a word")


def main(path):
    page = Page()
    source = open(path, encoding="utf-8").read()
    page.feed(source)
    page.close()
    wrong = page.wrong
    if not source.startswith("<!DOCTYPE html>"):
        wrong.append("no doctype")
    if page.open:
        wrong.append(f"never closed: {page.open}")
    wrong += [f"id {i} twice" for i in set(page.ids) if page.ids.count(i) > 1]
    wrong += [f"link to nowhere: #{link}" for link in page.links if link not in page.ids]
    for pattern in (r"(?m)^@\w+", r"\{(value|id|ref|if)\b[^}]*\}", r"\b-?nan\b", r"\binf\b"):
        wrong += [f"left in the text: {m.group(0)}" for m in re.finditer(pattern, page.text)]
    if page.scripts != 1:
        wrong.append(f"{page.scripts} scripts")
    if not page.pictures and "handout" not in path and "out/9/" not in path:
        wrong.append("no picture")
    for what in wrong:
        print(f"{path}: {what}")
    return 1 if wrong else 0


sys.exit(main(sys.argv[1]))
