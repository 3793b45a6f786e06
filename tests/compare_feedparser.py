#!/usr/bin/env python3
"""Compares what feedmill reads (the golden summaries, which a test keeps true) with what feedparser reads, over the corpus.

Usage: compare_feedparser.py CORPUS [--golden FOLDER] [--all]

Needs `pip install feedparser`. Ends with 1 when fewer than 98 of 100 documents with entries give as many entries.
"""
import calendar
import datetime
import html
import pathlib
import re
import sys
import warnings

import feedparser

warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent / "it" / "parsing" / "golden"
if "--golden" in sys.argv:
    HERE = pathlib.Path(sys.argv[sys.argv.index("--golden") + 1])


def golden(name):
    """The summary of a document: the feed's fields and a list of the entries' fields."""
    blocks = (HERE / (name.replace("/", "--") + ".txt")).read_text(encoding="utf-8").split("\n\n")
    def fields(block):
        return dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
    return fields(blocks[0]), [fields(block) for block in blocks[1:]]


def plain(text):
    """A title as a reader shows it: feedparser leaves references and tags in titles that it takes for HTML."""
    if re.search(r"</\w+>|<br|&#?\w+;", text):
        text = html.unescape(re.sub(r"</?[a-zA-Z][^>]*>", "", text))
    return " ".join(html.unescape(text).split())


def seconds(entry):
    parsed = entry.get("published_parsed") if entry.get("published") else None
    parsed = parsed or (dict.get(entry, "updated_parsed")) or dict.get(entry, "created_parsed")
    return calendar.timegm(parsed) if parsed else None


def main():
    corpus = pathlib.Path(sys.argv[1]) / "feeds"
    everything = "--all" in sys.argv
    names = [line.split("\t")[0] for line in (corpus / "MANIFEST.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    documents = equal_count = 0
    totals = {"title": [0, 0], "link": [0, 0], "date": [0, 0]}
    for name in names:
        theirs = feedparser.parse((corpus / name).read_bytes(), response_headers={"content-location": "https://corpus.example/feed"}).entries
        feed, ours = golden(name)
        if not theirs:
            if ours:
                print(f"more     {name}: {len(ours)} entries, feedparser finds none")
            continue
        documents += 1
        if len(ours) != len(theirs):
            print(f"COUNT    {name}: {len(ours)} instead of {len(theirs)} {feed.get('error', '')}")
            continue
        equal_count += 1
        shown = {}
        for number, (one, other) in enumerate(zip(ours, theirs), 1):
            pairs = {
                "title": (plain(one.get("title", "").replace("⏎", " ")), plain(other.get("title", "") or "")),
                "link": (one.get("link", ""), (other.get("link", "") or "").strip()),
            }
            date = one.get("published")
            got = int(datetime.datetime.fromisoformat(date).timestamp()) if date else None
            pairs["date"] = (got, seconds(other))
            for what, (got, want) in pairs.items():
                if not want:
                    continue
                totals[what][1] += 1
                if got == want:
                    totals[what][0] += 1
                elif shown.setdefault(what, 0) < (1000 if everything else 1):
                    shown[what] += 1
                    print(f"{what:8} {name} {number}: {got!r} instead of {want!r}  {one.get('date', '') if what == 'date' else ''}")
                else:
                    shown[what] += 1
        for what, count in shown.items():
            if count > 1 and not everything:
                print(f"         {name}: {count} {what}s differ")
    share = equal_count / documents
    print(f"{equal_count} of {documents} documents with entries give as many entries: {share:.4f}")
    for what, (same, all_of_them) in totals.items():
        print(f"{what}s equal: {same} of {all_of_them} ({same / all_of_them:.4f})")
    sys.exit(share < 0.98)


main()
