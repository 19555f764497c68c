# Read by page.sh, handout.sh and the page of the record, in whose variable `language` the language is: what begins and ends a page.
# shellcheck shell=sh disable=SC1112  # apostrophes of French
: "${language:=en}"

# say ENGLISH FRENCH
say() {
  if [ "$language" = fr ]; then printf '%s' "$2"; else printf '%s' "$1"; fi
}

# the machine
processor() {
  name=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
  case $(nproc) in
    1) echo "${name:-$(uname -m)}, 1 $(say 'thread' 'fil d’exécution')" ;;
    *) echo "${name:-$(uname -m)}, $(nproc) $(say 'threads' 'fils d’exécution')" ;;
  esac
}

# page_head TITLE
page_head() {
  cat <<END
<!DOCTYPE html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$1</title>
<style>
$(cat pipelines/report/style.css)
</style>
</head>
<body>
END
}

# switch_language OTHER: a link to the file of the page in the other language
switch_language() {
  test -z "$1" || say "<p class=\"language\"><a href=\"$1\" hreflang=\"fr\" lang=\"fr\">Français</a></p>" \
    "<p class=\"language\"><a href=\"$1\" hreflang=\"en\" lang=\"en\">English</a></p>"
}

# the only script: a button that copies commands, and no line of them is broken within an option or a name with a hyphen. The page can be
# read without it.
page_foot() {
  cat <<END
<script>
for (const pre of document.querySelectorAll("pre.commands")) {
  pre.innerHTML = pre.innerHTML.replace(/[^\s<>&;]*-[^\s<>&;]{1,36}/g, "<span>\$&</span>");
  const button = document.createElement("button");
  button.textContent = "$(say 'Copy' 'Copier')";
  button.onclick = async () => {
    const text = pre.textContent.trim() + "\n";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      getSelection().selectAllChildren(pre);
      document.execCommand("copy");
    }
    button.textContent = "$(say 'Copied' 'Copié')";
  };
  pre.before(button);
}
</script>
</body>
</html>
END
}
