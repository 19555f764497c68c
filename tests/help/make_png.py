"""make_png.py WIDTH HEIGHT DEPTH TYPE [interlaced] [NAME=HEX...]: a PNG of the samples on stdin, written without libpng.

Numbers row by row; TYPE 0 grey, 2 RGB, 3 palette, 4 grey and opacity, 6 RGB and opacity; NAME=HEX adds a chunk (PLTE, tRNS)
in front of the pixels."""
import struct
import sys
import zlib

width, height, depth, kind = map(int, sys.argv[1:5])
interlaced = "interlaced" in sys.argv
channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
samples = list(map(int, sys.stdin.read().split()))


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def line(pixels):
    bits = "".join(format(v, "0%db" % depth) for p in pixels for v in p)
    bits += "0" * (-len(bits) % 8)
    return b"\0" + bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


pixel = [[samples[(y * width + x) * channels:][:channels] for x in range(width)] for y in range(height)]
# Adam7: x and y of the first pixel of each pass, and the steps
passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
rows = b""
for x0, y0, dx, dy in passes if interlaced else [(0, 0, 1, 1)]:
    for y in range(y0, height, dy):
        if x0 < width:
            rows += line(pixel[y][x0::dx])

out = b"\x89PNG\r\n\x1a\n"
out += chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced))
for arg in sys.argv[5:]:
    if "=" in arg:
        name, data = arg.split("=")
        out += chunk(name.encode(), bytes.fromhex(data))
out += chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
sys.stdout.buffer.write(out)
