#!/bin/sh
# page.sh TEXT SCORES CURVES: one HTML page to stdout
set -e
processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
cat <<END
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>CIFAR-10 by a recipe for 94 %</title>
<style>body { font-family: sans-serif; max-width: 50em; margin: 2em auto } td, th { padding: 0.2em 0.8em; text-align: right }</style>
</head>
<body>
<h1>CIFAR-10 by a recipe for 94 %</h1>
<p>$(cnn-train --version), ${processor:-$(uname -m)}, $(nproc) threads.
The 10,000 test images take no part in the training; each is seen in six views.</p>
<pre>
END
cat "$1"
echo '</pre><table>'
sed 's/\t/<\/td><td>/g; s/^/<tr><td>/; s/$/<\/td><\/tr>/; 1s/td>/th>/g' "$2"
echo '</table>'
sed -n '/<svg/,$p' "$3"
echo '</body></html>'
