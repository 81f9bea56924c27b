#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Doxygen reads in place of a file: filter.py FILE.

Pages: formulas as GitHub has them become Doxygen's. Headers: namespaces whose inline part is a macro lose that part;
members that mean the same in every detector (the concepts in core/concepts.hpp) get that text where they have none of
their own, and parameters the text that describe() gives them.
"""
import re
import sys

MEMBERS = {
    "make": "From parameters, or an error that names the one out of its range.",
    "update": "Judges and remembers, in one pass.",
    "score": "Judges and remembers nothing.",
    "learn": "Remembers and judges nothing.",
    "reset": "As constructed.",
    "memory_bytes": "Bytes held now, itself included.",
    "heap_bytes": "Bytes held on the heap.",
    "merge": "As if it had also seen all that `other` saw; an error where parameters differ.",
    "save": "Writes the state: docs/state-format.md.",
    "load": "Reads what save() wrote.",
    "parameters": "What it was made from.",
    "reserve": "Up to these sizes calls do not allocate; copies keep them.",
    "describe": "Names, ranges and texts of the parameters.",
    "size": "How many are held.",
    "empty": "Whether none is held.",
    "check": "Whether the parameters fit each other.",
    "operator==": "Whether all members are equal.",
    "begin": "As containers have it.",
    "end": "As containers have it.",
    "judge": "The verdict of the newest point of the window.",
}
CONSTANTS = {
    "kind": "The name in the program, in JSON and in state.",
    "summary": "One line, for lists.",
    "needs": "What the window keeps up to date.",
    "version": "Of the record that save() writes.",
}
FUNCTION = re.compile(r"^( {2,4})(?:template .*> )?(?:\[\[nodiscard\]\] )?(?:friend |static |constexpr |virtual |explicit |inline )*"
                      r"[\w:<>,&* ]+?[ &*>](%s)\(" % "|".join(re.escape(m) for m in MEMBERS))
CONSTANT = re.compile(r"^( {2,4})static constexpr [\w:<>, ]+ (%s) ?=" % "|".join(CONSTANTS))
FIELD = re.compile(r"^    [\w:<>, ]+? (\w+)(?: = [^;]*|\{[^;]*\})?;$")


def page(text):
    text = re.sub(r"\$`([^`]*)`\$", r"\\f$\1\\f$", text)
    text = re.sub(r"(?m)^```math\n((?:.*\n)*?)```$", r"\\f[\n\1\\f]", text)
    text = re.sub(r"\[([^\]]*)\]\(#[^)]*\)", r"\1", text)  # headings have no names there
    return re.sub(r"(?m)^<!-- .*-->\n", "", text)


def helps(text):
    """What describe() says of each parameter: the last string of its field()."""
    found = {}
    for call in re.finditer(r'field\(\s*"(\w+)",\s*p\.(\w+),(.*?)\);', text, re.S):
        strings = re.findall(r'"((?:[^"\\]|\\.)*)"', call[3])
        if strings:
            unit, what = strings[-2] if len(strings) > 1 else "", strings[-1]
            found[call[2]] = (unit + ": " if unit else "") + what
    return found


def header(text):
    text = re.sub(r"::inline NETANOMALY_(MODE|SIMD)", "", text)
    text = re.sub(r"(?m)^inline namespace NETANOMALY_SIMD \{", "namespace {", text)
    text = re.sub(r"(?m)^( *///.*)\\DDD", r"\1\\\\DDD", text)
    text = re.sub(r"(?m)(///.*?)(::ffff[:0-9/]*)", r"\1`\2`", text)
    text = re.sub(r"(?m)^template <>\nstruct std::hash<(?:.*\n)*?};\n", "", text)
    known, out, before, parameters = helps(text), [], "", False
    for line in text.split("\n"):
        documented = before.lstrip().startswith("///") and not "///<" in before or before.lstrip().startswith("template") or \
            "///<" in line or before.lstrip().startswith("requires")
        if re.match(r"^  struct params ", line):
            parameters = True
            if not documented:
                out.append("  /// Parameters: describe() has their ranges and texts.")
        elif line.startswith("  }"):
            parameters = False
        field = FIELD.match(line) if parameters else None
        function = FUNCTION.match(line)
        constant = CONSTANT.match(line)
        if documented:
            pass
        elif field and field[1] in known:
            line += "  ///< " + known[field[1]]
        elif function and not re.match(r"^ *(return|if|else|for|while)\b", line):
            out.append(function[1] + "/// " + MEMBERS[function[2]])
        elif constant:
            out.append(constant[1] + "/// " + CONSTANTS[constant[2]])
        elif re.match(r"^  using observation = ", line):
            out.append("  /// What it observes.")
        elif re.match(r"^  using params = ", line):
            out.append("  /// Parameters: describe() has their ranges and texts.")
        out.append(line)
        before = line
    return "\n".join(out)


with open(sys.argv[1], encoding="utf-8") as file:
    sys.stdout.write((page if sys.argv[1].endswith(".md") else header)(file.read()))
