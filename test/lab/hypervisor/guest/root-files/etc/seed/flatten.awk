# Prints a JSON document as lines: the path of a value, a tab, the value. Line ends within one become \001.
# Lines before the document that begin with # are passed over.
/^#/ && !begun { next }
{ begun = 1; rest = rest $0 "\n" }
END {
  value("")
  if (rest !~ /^[ \t\r\n]*$/) fail("the end")
}

# Takes what the pattern matches from the front of the rest.
function take(pattern,    taken) {
  sub(/^[ \t\r\n]+/, "", rest)
  if (!match(rest, pattern)) return ""
  taken = substr(rest, 1, RLENGTH)
  rest = substr(rest, RLENGTH + 1)
  return taken
}

function string(    raw) {
  raw = take("^\"([^\"\\\\]|\\\\.)*\"")
  if (raw == "") fail("a string")
  return text(substr(raw, 2, length(raw) - 2))
}

function text(raw,    out, at, c) {
  while ((at = index(raw, "\\")) > 0) {
    c = substr(raw, at + 1, 1)
    out = out substr(raw, 1, at - 1) (c == "n" ? "\001" : c == "t" ? "\t" : c == "r" ? "\r" : c == "u" ? "" : c)
    if (c == "u") out = out sprintf("%c", hex(substr(raw, at + 2, 4)))
    raw = substr(raw, at + (c == "u" ? 6 : 2))
  }
  return out raw
}

function hex(digits,    i, n) {
  for (i = 1; i <= length(digits); i++) n = n * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1
  return n
}

function value(path,    key, i) {
  if (take("^[{]") != "") {
    if (take("^[}]") != "") return
    do {
      key = string()
      if (take("^:") == "") fail("a colon")
      value(path (path == "" ? "" : ".") key)
    } while (take("^,") != "")
    if (take("^[}]") == "") fail("a closing brace")
  } else if (take("^[[]") != "") {
    if (take("^[]]") != "") return
    i = 0
    do value(path "." i++)
    while (take("^,") != "")
    if (take("^[]]") == "") fail("a closing bracket")
  } else {
    sub(/^[ \t\r\n]+/, "", rest)
    if (substr(rest, 1, 1) == "\"") key = string()
    else if ((key = take("^[-+0-9a-zA-Z.]+")) == "") fail("a value")
    print path "\t" key
  }
}

function fail(wanted) {
  print "seed: expected " wanted " before: " substr(rest, 1, 40) >"/dev/stderr"
  exit 1
}
