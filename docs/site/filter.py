#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Doxygen reads in place of a file: filter.py FILE.

Pages: formulas as GitHub has them become Doxygen's. Headers: namespaces whose inline part is a macro lose that part;
members that mean the same in every detector (the concepts in core/concepts.hpp) get that text where they have none of
their own, and parameters the text that describe() gives them. So do members that the language or a range gives a meaning.
No line is added, so that warnings name the lines of the file.
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
    "clear": "As constructed.",
    "heap_bytes_for": "Bytes that one made from these parameters holds on the heap.",
    "is": "Whether records of this type are read so.",
    "read": "The first of what is left.",
    "octets": "Octets it takes in the message.",
    "absorb": "As if all that `theirs` stands for had been seen here too.",
    "enumerator_names": "The enumerators' names, in their order: what text and JSON have.",
}
CONSTANTS = {
    "kind": "The name in the program, in JSON and in state.",
    "summary": "One line, for lists.",
    "needs": "What the window keeps up to date.",
    "version": "Of the record that save() writes.",
    "least_octets": "Shorter record data is no such record.",
    "state_version": "Of the record that save() writes.",
}
ITERATOR = ("iterator_concept", "iterator_category", "value_type", "difference_type")
ITERATES = "As std::forward_iterator has it."
COPIES = "As for every value; one moved from may only be assigned to or destroyed."
FUNCTION = re.compile(r"^( {0,4})(?:template .*> )?(?:\[\[nodiscard\]\] )?(?:friend |static |constexpr |virtual |explicit |inline )*"
                      r"[\w:<>,&* ]+?[ &*>](%s)\(" % "|".join(re.escape(m) for m in MEMBERS))
CONSTANT = re.compile(r"^( {2,4})static constexpr [\w:<>, ]+ (%s) ?=" % "|".join(CONSTANTS))
NUMBERS = re.compile(r"^((?: *///(?!<).*\n)?)( *(?:static|inline) constexpr [\w:]+ )(\w+ = \d+(?:,\s+\w+ = \d+)+);(?:  ///< (.*))?$", re.M)
HEAD = re.compile(r"^ *(template <|requires )")
ITERATED = re.compile(r"^ {2,4}(?:using (?:%s) = |(?:constexpr )?[\w:<>*& ]+operator(?:\*|->|\+\+)\()" % "|".join(ITERATOR))
MADE = re.compile(r"^  (?:constexpr )?(?:explicit )?(\w+)\(const params& ")
COPIED = re.compile(r"^  (?:constexpr )?(?:~?(\w+)\((?:const \1&|\1&&|)(?: \w+)?\)|(\w+)& operator=\((?:const \2&|\2&&)(?: \w+)?\))(?! = delete)")
FIELD = re.compile(r"^    [\w:<>, ]+? (\w+)(?: = [^;]*|\{[^;]*\})?;$")


def page(text):
    text = re.sub(r"\$`([^`]*)`\$", r"\\f$\1\\f$", text)
    text = re.sub(r"(?m)^```math\n((?:.*\n)*?)```$", r"\\f[\n\1\\f]", text)
    text = re.sub(r"\[([^\]]*)\]\(#[^)]*\)", r"\1", text)  # headings have no names there
    return re.sub(r"(?m)^<!-- .*-->\n", "", text)


def numbers(match):
    """Constants declared together, each with the documentation of all; lists of registered numbers have their namespace's."""
    text = match[4] or match[1].strip(" /\n") or "As registered."
    return "\n" * match[1].count("\n") + " ".join(f"/** {text} */ {match[2].strip()} {one};" for one in re.split(r",\s+", match[3])) + \
        "\n" * match[3].count("\n")


def helps(text):
    """What describe() says of each parameter: the last string of its field()."""
    found = {}
    for call in re.finditer(r'field\(\s*"(\w+)",\s*p\.(\w+),(.*?)\);', text, re.S):
        strings = re.findall(r'"((?:[^"\\]|\\.)*)"', call[3])
        if strings:
            unit, what = strings[-2] if len(strings) > 1 else "", strings[-1]
            found[call[2]] = (unit + ": " if unit else "") + what
    for nested in re.finditer(r"::describe\(p\.(\w+), ", text):
        found.setdefault(nested[1], "Parameters of their own, under their own names: their describe() has ranges and texts.")
    return found


def documentation(line, parameters):
    """What a line that has no documentation of its own is given: a comment before it, or nothing."""
    field, function, constant = FIELD.match(line), FUNCTION.match(line), CONSTANT.match(line)
    text = ""
    if field and field[1] in parameters:
        text = parameters[field[1]]
    elif re.match(r"^ *(return|if|else|for|while)\b", line):
        pass
    elif function:
        text = MEMBERS[function[2]]
    elif constant:
        text = CONSTANTS[constant[2]]
    elif re.match(r"^  using observation = ", line):
        text = "What it observes."
    elif re.match(r"^  (struct params |using params = )", line):
        text = "Parameters: describe() has their ranges and texts."
    elif ITERATED.match(line):
        text = ITERATES
    elif MADE.match(line):
        text = "From parameters; throws std::invalid_argument where make() gives an error."
    elif COPIED.match(line):
        text = COPIES
    return f"/** {text} */ " if text else ""


def header(text):
    text = re.sub(r"::inline NETANOMALY_(MODE|SIMD)", "", text)
    text = re.sub(r"(?m)^inline namespace NETANOMALY_SIMD \{", "namespace {", text)
    text = re.sub(r"(?m)^( *///.*)\\DDD", r"\1\\\\DDD", text)
    text = re.sub(r"(?m)(///.*?)::ffff", r"\1\\::ffff", text)
    text = re.sub(r"(?m)^template <>\nstruct std::hash<(?:.*\n)*?};\n", lambda m: "\n" * m[0].count("\n"), text)
    text = NUMBERS.sub(numbers, text)
    known, out, documented, parameters = helps(text), [], False, False
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if re.match(r"^  struct params ", line):
            parameters = True
        elif line.startswith("  }"):
            parameters = False
        declared = next(l for l in lines[at:] + [""] if not HEAD.match(l))  # templates have their documentation before the head
        before = "" if documented or re.search(r"///|/\*\* ", line) else documentation(declared, known if parameters else {})
        out.append(before + line)
        documented = bool(before or documented) if HEAD.match(line) else re.match(r"^ *///(?!<)", line) is not None
    return "\n".join(out)


with open(sys.argv[1], encoding="utf-8") as file:
    sys.stdout.write((page if sys.argv[1].endswith(".md") else header)(file.read()))
