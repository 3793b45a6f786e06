#!/usr/bin/env python3
"""Makes the labelled pairs of tests/stories/pairs.jsonl from the corpus of feeds: copies, edited copies, hard negatives.

    python3 make_pairs.py CORPUS [SEED [PAIRS_OF_A_KIND [CHARS_MAX]]] > pairs.jsonl

Needs feedparser. The same seed gives the same pairs. What is written by hand stands in by_hand.jsonl. Each line is one pair: `kind` says how it
was made, `label` is `same` or `different`, `language` is `zh` or `en`, `held` marks the part that thresholds were not chosen by.
"""
import glob, html, json, os, random, re, sys
import feedparser
import templates

CORPUS = sys.argv[1]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 5
OF_A_KIND = int(sys.argv[3]) if len(sys.argv) > 3 else 12
CHARS_MAX = int(sys.argv[4]) if len(sys.argv) > 4 else 0
rng = random.Random(SEED)
SIMPLE = dict(re.findall("(.)(.)", open(os.path.join(os.path.dirname(__file__), "../../src/pipeline/story/traditional.txt"), encoding="utf-8").read().replace("\n", "")))
TRADITIONAL = {}
for old, new in SIMPLE.items():
    TRADITIONAL.setdefault(new, old)

def plain(markup):
    markup = re.sub(r"(?is)<(script|style|iframe).*?</\1>", "", markup)
    markup = re.sub(r"(?i)</?(p|div|li|h\d|br|blockquote|tr|ul|ol|table|figure)\b[^>]*>", "\n", markup)
    return html.unescape(re.sub(r"<[^>]+>", "", markup))

def paragraphs(text):
    found = [re.sub(r"\s+", " ", one).strip() for one in text.split("\n")]
    return [one for one in found if len(one) > 1]

def sentences(paragraph, language):
    parts = re.findall(r"[^。！？]+[。！？”]*" if language == "zh" else r".+?(?:[.!?][\"”’)]*(?=\s)|$)", paragraph)
    return [part.strip() for part in parts if part.strip()]

def load():
    """Articles by language and feed, with the feeds' own order."""
    out = {"zh": {}, "en": {}}
    for path in sorted(glob.glob(CORPUS + "/feeds/chinese/*") + glob.glob(CORPUS + "/feeds/english/*")):
        articles = []
        for entry in feedparser.parse(path).entries:
            bodies = [one.get("value", "") for one in entry.get("content", [])] + [entry.get("summary", "")]
            title = re.sub(r"\s+", " ", plain(entry.get("title", ""))).strip()
            text = paragraphs(plain(max(bodies, key=len)))
            if title and text:
                articles.append((title, text))
        chars = "".join(text for _, body in articles for text in body)
        wide = sum("\u4e00" <= c <= "\u9fff" for c in chars)
        if articles:
            out["zh" if wide * 3 > len(chars) else "en"][os.path.basename(path)] = articles
    return out

ARTICLES = load()

def size(body):
    return sum(len(one) for one in body)

def cut_to(body, chars):
    out, total = [], 0
    for one in body:
        if total + len(one) > chars and out:
            break
        out.append(one[: chars * 2])
        total += len(one)
    return out

def bounded(body, language):
    return cut_to(body, CHARS_MAX or {"zh": rng.choice([300, 600, 900]), "en": rng.choice([700, 1400, 2200])}[language])

def whole(language, least=None):
    """An article that is long enough to be copied."""
    least = least or {"zh": 120, "en": 350}[language]
    for _ in range(10000):
        feed = rng.choice(sorted(ARTICLES[language]))
        title, body = rng.choice(ARTICLES[language][feed])
        if size(body) >= least and (language == "zh" or re.search(r"\b(the|and|of)\b", " ".join(body))):
            return title, bounded(body, language)
    raise SystemExit("the corpus has no article that long")

def in_p(body):
    return "".join(f"<p>{html.escape(one)}</p>" for one in body)

def in_other_markup(body):
    way = rng.randrange(4)
    body = [html.escape(one) for one in body]
    if way == 0:
        return "<br/><br/>".join(body)
    if way == 1:
        return "".join(f'<div class="text"><span style="font-size:16px">{one}</span></div>\n' for one in body)
    if way == 2:
        picture = '<figure><img src="https://cdn.example.net/%d.jpg?x-oss-process=style" alt=""/></figure>' % rng.randrange(10**6)
        return "".join(f"<p>{one}</p>" + (picture if rng.random() < 0.4 else "") for one in body)
    words = [re.sub(r"(\w{2,9})", lambda found: f'<a href="https://t.example.org/?utm_source=rss&amp;id=7">{found[1]}</a>', one, count=1) for one in body]
    return "<section>" + "".join(f"<p><strong></strong>{one}</p>" for one in words) + "</section>"

def boilerplate(body, language, before=True, after=True):
    words = templates.BOILERPLATE[language]
    out = list(body)
    if before and rng.random() < 0.7:
        lead = rng.choice(words["before"])
        if rng.random() < 0.5:
            out[0] = lead + out[0]
        else:
            out.insert(0, lead)
    if after:
        out += rng.sample(words["after"], rng.randint(1, 2))
    return out

def truncated(body, language):
    chars = rng.choice({"zh": [80, 120, 200, 300], "en": [220, 300, 500]}[language])
    text = (" " if language == "en" else "").join(body)
    if rng.random() < 0.5:
        text = text[:chars].rsplit(" ", 1)[0] if language == "en" else text[:chars]
        text += rng.choice(["…", "...", "[…]", " [...]"])
    else:
        out = ""
        for one in sentences(text, language):
            out += one + (" " if language == "en" else "")
            if len(out) >= chars:
                break
        text = out
    return [text + " " + rng.choice(templates.MORE[language])]

def split_all(body, language):
    return [sentences(one, language) for one in body]

def joined(parts, language):
    return [(" " if language == "en" else "").join(one) for one in parts if one]

def drop_sentences(body, language):
    parts = split_all(body, language)
    places = [(a, b) for a, one in enumerate(parts) for b in range(len(one))]
    for a, b in sorted(rng.sample(places, max(1, min(len(places) // 5, 4))), reverse=True):
        if len(places) > 3:
            del parts[a][b]
    return joined(parts, language)

def move(body, language):
    parts = split_all(body, language)
    if len(parts) >= 3:
        at = rng.randrange(1, len(parts) - 1)
        parts.insert(rng.randrange(1, len(parts)), parts.pop(at))
    else:
        flat = [one for part in parts for one in part]
        at = rng.randrange(len(flat))
        flat.insert(rng.randrange(len(flat)), flat.pop(at))
        parts = [flat]
    return joined(parts, language)

def typos(body, language):
    out = []
    for one in body:
        chars = list(one)
        for _ in range(len(chars) // {"zh": 70, "en": 160}[language]):
            at = rng.randrange(len(chars))
            if language == "zh" and "\u4e00" <= chars[at] <= "\u9fff":
                chars[at] = rng.choice("的地得在再做作像象那哪已以")
            elif chars[at].isalpha() and at + 1 < len(chars):
                chars[at], chars[at + 1] = chars[at + 1], chars[at]
        out.append("".join(chars))
    return out

def reworded(body, language):
    out = []
    for one in body:
        for old, new in templates.SYNONYMS[language]:
            if rng.random() < 0.6:
                one = one.replace(old, new) if language == "zh" else re.sub(rf"\b{old}\b", new, one)
        out.append(one)
    return out

def updated(body, language):
    line = rng.choice(templates.UPDATES[language]).format(a=rng.randint(2, 90), b=rng.randint(1, 12), c=rng.randint(1, 28))
    out = list(body)
    if rng.random() < 0.5:
        places = [at for at, one in enumerate(out) if re.search(r"\d", one)]
        if places:
            at = rng.choice(places)
            out[at] = re.sub(r"\d+", lambda found: str(int(found[0]) + rng.randint(1, 9)), out[at], count=1)
    out.insert(rng.choice([0, len(out)]), line)
    return out

def lead_replaced(body, language):
    return [rng.choice(templates.LEADS[language])] + (body[1:] if len(body) > 3 else body)

def new_paragraph(body, language):
    other = whole(language)[1]
    out = list(body)
    out.insert(rng.randrange(len(out) + 1), cut_to(other, max(40, size(body) // 4))[0][: size(body) // 3])
    return out

def retitled(title, body, language):
    flat = [one for part in split_all(body, language) for one in part]
    ways = [rng.choice(templates.KICKERS[language]) + title]
    good = [one for one in flat[:6] if {"zh": 10, "en": 30}[language] < len(one) < {"zh": 45, "en": 110}[language]]
    if good:
        ways += [rng.choice(good).rstrip("。.!！?")] * 3
    if len(re.split(r"[，：:|,]", title)) > 1:
        ways.append(rng.choice([one for one in re.split(r"[，：:|,]", title) if one.strip()] or [title]).strip())
    return rng.choice(ways)

def suffixed(title, language):
    return title + rng.choice(templates.SITES[language])

def to_traditional(text):
    return "".join(TRADITIONAL.get(c, c) for c in text).replace("“", "「").replace("”", "」")

def full_width(text):
    return re.sub(r"[0-9A-Za-z%,()!?:;]", lambda found: chr(ord(found[0]) + 0xFEE0), text)

COPIES = {
    "markup": lambda t, b, l: (t, in_other_markup(b)),
    "boilerplate": lambda t, b, l: (t, in_p(boilerplate(b, l))),
    "truncated": lambda t, b, l: (t, in_p(truncated(b, l))),
    "truncated-boilerplate": lambda t, b, l: (suffixed(t, l), in_p(boilerplate(truncated(b, l), l, after=rng.random() < 0.4))),
    "site-title": lambda t, b, l: (suffixed(t, l), in_other_markup(boilerplate(b, l))),
    "full-width": lambda t, b, l: (full_width(t), in_p([full_width(one) for one in b])),
    "traditional": lambda t, b, l: (to_traditional(t), in_other_markup([to_traditional(one) for one in b])),
}
EDITS = {
    "sentences-removed": lambda t, b, l: (t, in_p(drop_sentences(b, l))),
    "paragraphs-moved": lambda t, b, l: (t, in_other_markup(move(b, l))),
    "typos": lambda t, b, l: (t, in_p(typos(b, l))),
    "reworded": lambda t, b, l: (t, in_p(reworded(b, l))),
    "updated": lambda t, b, l: (t, in_p(updated(b, l))),
    "retitled": lambda t, b, l: (retitled(t, b, l), in_p(b)),
    "retitled-edited": lambda t, b, l: (retitled(t, b, l), in_other_markup(boilerplate(drop_sentences(b, l), l))),
    "lead-replaced": lambda t, b, l: (suffixed(t, l), in_p(boilerplate(lead_replaced(b, l), l, before=False))),
    "paragraph-added": lambda t, b, l: (t, in_p(new_paragraph(b, l))),
    "edited-all-over": lambda t, b, l: (t, in_other_markup(typos(move(drop_sentences(reworded(b, l), l), l), l))),
    "abridged": lambda t, b, l: (t, in_p(joined([part[:2] for part in split_all(b, l)], l))),
}

def neighbours(language):
    """Two entries of one feed whose titles are like each other: columns, digests, release notes, parts."""
    def words(title):
        return set(re.findall(r"[\u4e00-\u9fff]|[a-z]+|\d+", title.lower()))
    for _ in range(10000):
        feed = ARTICLES[language][rng.choice(sorted(ARTICLES[language]))]
        title, body = rng.choice(feed)
        others = [one for one in feed if one[0] != title and size(one[1]) > 30 and size(body) > 30]
        ranked = sorted(others, key=lambda one: -len(words(one[0]) & words(title)) / (1 + len(words(one[0]) | words(title))))
        if ranked:
            other = ranked[0] if rng.random() < 0.8 else rng.choice(ranked[:5])
            if other[1][:3] == body[:3]:
                continue
            return (title, in_p(bounded(body, language))), (other[0], in_p(bounded(other[1], language)))
    raise SystemExit("no neighbours")

def three(language):
    found = {}
    while len(found) < 3:
        title, body = whole(language)
        found.setdefault(body[0][:30], (title, body))
    return list(found.values())

def same_background(language):
    """Two different stories with the same background or `about` text at the end."""
    (a, x), (b, y), (_, common) = three(language)
    common = cut_to(common, min(size(x), size(y)) // 2)[:2]
    common = [one[: min(size(x), size(y)) // 2] for one in common]
    return (a, in_p(x + common)), (b, in_p(y + common))

def digest_and_part(language):
    parts = [whole(language) for _ in range(rng.randint(4, 7))]
    pieces = [(title, cut_to(body, {"zh": 120, "en": 350}[language])[:1]) for title, body in parts]
    pieces = [(title, [body[0][: {"zh": 160, "en": 450}[language]]]) for title, body in pieces]
    digest = "".join(f"<h3>{html.escape(title)}</h3>{in_p(body)}" for title, body in pieces)
    name = rng.choice(templates.DIGESTS[language]).format(a=rng.randint(1, 12), b=rng.randint(1, 28), title="；".join(title for title, _ in pieces[:2]))
    one = rng.choice(pieces)
    return (name, digest), (one[0], in_p(one[1]))

def digests_with_common_parts(language):
    parts = [whole(language) for _ in range(10)]
    part = lambda one: f"<h3>{html.escape(one[0])}</h3>{in_p([one[1][0][:300]])}"
    name = rng.choice(templates.DIGESTS[language])
    title = lambda first: name.format(a=rng.randint(1, 12), b=rng.randint(1, 28), title=first)
    a, b = parts[:6], parts[4:10]
    return (title(a[0][0]), "".join(map(part, a))), (title(b[0][0]), "".join(map(part, b)))

def quoted(language):
    """A comment that quotes a part of an article."""
    (title, body), (other, comment), _ = three(language)
    quote = cut_to(body, max(60, size(body) // 4))[:1]
    quote = [quote[0][: size(comment) // 2]]
    return (title, in_p(body)), (other, in_p(comment[:1]) + f"<blockquote>{in_p(quote)}</blockquote>" + in_p(comment[1:]))

def template(language):
    maker = rng.choice(templates.BULLETINS[language])
    a, b = maker(rng), maker(rng)
    return a, b

def same_title(language):
    (a, x), (_, y), _ = three(language)
    return (a, in_p(x)), (a, in_p(y))

NEGATIVES = {
    "neighbours": (neighbours, 2.5), "same-background": (same_background, 0.7), "digest-and-part": (digest_and_part, 0.7), "digests": (digests_with_common_parts, 0.6),
    "quoted": (quoted, 0.5), "template": (template, 4), "same-title": (same_title, 0.4),
}

def write(kind, label, language, number, a, b):
    record = {"kind": kind, "label": label, "language": language, "held": number % 2 == 1, "a": {"title": a[0], "html": a[1]}, "b": {"title": b[0], "html": b[1]}}
    print(json.dumps(record, ensure_ascii=False))

for language in ["zh", "en"]:
    for group, makers in [("copy", COPIES), ("edited", EDITS)]:
        for name, make in makers.items():
            if name in ("traditional",) and language == "en":
                continue
            for number in range(max(2, OF_A_KIND * 2 // 3)):
                title, body = whole(language)
                write(f"{group}-{name}", "same", language, number, (title, in_p(body)), make(title, body, language))
    for name, (make, share) in NEGATIVES.items():
        for number in range(max(2, round(OF_A_KIND * share))):
            a, b = make(language)
            if a != b:
                write(f"negative-{name}", "different", language, number, a, b)
