"""Decodes an 8-bit RGB PNG by its specification, without libpng: prints "width height", then a line of rrggbb for each row."""
import struct
import sys
import zlib


def paeth(a, b, c):
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    return a if pa <= pb and pa <= pc else b if pb <= pc else c


def unfilter(kind, line, above):
    for i in range(len(line)):
        a = line[i - 3] if i >= 3 else 0
        c = above[i - 3] if i >= 3 else 0
        b = above[i]
        line[i] = (line[i] + [0, a, b, (a + b) // 2, paeth(a, b, c)][kind]) & 255
    return line


png = open(sys.argv[1], "rb").read()
assert png[:8] == b"\x89PNG\r\n\x1a\n"
at, data, names = 8, b"", []
while at < len(png):
    size, name = struct.unpack(">I4s", png[at : at + 8])
    body = png[at + 8 : at + 8 + size]
    assert struct.unpack(">I", png[at + 8 + size : at + 12 + size])[0] == zlib.crc32(name + body)
    at += 12 + size
    names.append(name)
    if name == b"IHDR":
        width, height, *kind = struct.unpack(">IIBBBBB", body)
        assert kind == [8, 2, 0, 0, 0], kind
    if name == b"IDAT":
        data += body
assert names[-1] == b"IEND" and set(names) == {b"IHDR", b"IDAT", b"IEND"}, names
data = zlib.decompress(data)
assert len(data) == height * (1 + 3 * width)
print(width, height)
above = bytearray(3 * width)
for y in range(height):
    line = data[y * (1 + 3 * width) : (y + 1) * (1 + 3 * width)]
    above = unfilter(line[0], bytearray(line[1:]), above)
    print(" ".join(above[3 * x : 3 * x + 3].hex() for x in range(width)))
