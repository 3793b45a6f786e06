#!/usr/bin/env python3
"""What feedparser reads in our feeds, and what the W3C validator says of them: RSS, Atom and JSON Feed of every kind of view, archives too.

    read_back.py CORPUS [--feedmill PROGRAM] [--validator FOLDER] [--documents 60]

Serves documents of the corpus on loopback, lets the program (target/debug/feedmill) poll them, and walks every feed and its archives. RSS and
Atom, read by feedparser, and JSON Feed must have the same titles, links, dates, ids, authors and enclosures (RSS has one of each enclosure
and of each author's name), and each article once. With a checkout of github.com/w3c/feedvalidator, none of the documents may have an error or a
warning, but for those that ALLOWED names. Ends with 1 where something differs.

Needs `pip install feedparser`; the validator needs `lxml html5lib rdflib`.
"""
import argparse
import collections
import http.server
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import warnings

import feedparser

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[2]
SITE = "https://feeds.example.org"
READY_SECONDS_MAX = 120

# What the validator warns of and why it stays.
ALLOWED = {
    "SelfDoesntMatchLocation": "it is read from a file here; tests over sockets compare rel=self with the address",
}


def publisher(folder, names):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = (folder / names[int(self.path.strip("/"))]).read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        return answer.read()


def links(feed, rel):
    return [link["href"] for link in feed.feed.get("links", []) if link.get("rel") == rel]


def walk(port, path):
    """The documents of a feed: addresses below the site, and bytes."""
    while path:
        body = get(port, path)
        yield path, body
        if "feed.json" in path:
            before = json.loads(body).get("next_url")
        else:
            before = next(iter(links(feedparser.parse(body), "prev-archive")), None)
        path = before.removeprefix(SITE) if before else None


def when(parsed):
    return time.strftime("%Y-%m-%dT%H:%M:%S", parsed) if parsed else None


def of_xml(entry, is_rss):
    authors = [author.get("name") for author in entry.get("authors", []) if author.get("name")]
    files = [(file.get("href"), file.get("type")) for file in entry.get("enclosures", [])]
    return {"title": entry.get("title"), "link": entry.get("link") if entry.get("link") != entry.get("id") else None,
            "date": when(entry.get("published_parsed")), "id": entry.get("id"), "authors": authors, "files": files[:1] if is_rss else files}


def of_json(item):
    files = [(file["url"], file["mime_type"]) for file in item.get("attachments", [])]
    return {"title": item["title"], "link": item.get("url"), "date": item["date_published"][:19], "id": item["id"],
            "authors": [author["name"] for author in item.get("authors", [])], "files": files}


def compare(port, view, wrong):
    """The three formats of one view, whole; gives every XML document."""
    documents, read = [], {}
    for file in ("feed.xml", "atom.xml", "feed.json"):
        entries = []
        for path, body in walk(port, f"{view}/{file}"):
            if file == "feed.json":
                entries += [of_json(item) for item in json.loads(body)["items"]]
                continue
            documents.append((path, body))
            feed = feedparser.parse(body)
            if feed.bozo:
                wrong.append(f"{path}: feedparser: {feed.bozo_exception}")
            if links(feed, "self") != [SITE + path]:
                wrong.append(f"{path}: rel=self is {links(feed, 'self')}")
            entries += [of_xml(entry, file == "feed.xml") for entry in feed.entries]
        read[file] = entries
        twice = [id_ for id_, count in collections.Counter(entry["id"] for entry in entries).items() if count > 1]
        if twice:
            wrong.append(f"{view}/{file}: {len(twice)} ids twice: {twice[:3]}")
    for file in ("feed.xml", "atom.xml"):
        ours, theirs = read["feed.json"], read[file]
        if [entry["id"] for entry in ours] != [entry["id"] for entry in theirs]:
            wrong.append(f"{view}/{file}: other entries than feed.json: {len(theirs)} and {len(ours)}")
            continue
        for one, other in zip(ours, theirs):
            for field in ("title", "link", "date", "authors", "files"):
                a, b = one[field], other[field]
                if field == "title":
                    a, b = " ".join(a.split()), " ".join((b or "").split())
                if field == "authors" and not a:
                    continue  # Atom names the source where nobody is named (RFC 4287, 4.1.2).
                if field == "files" and file == "feed.xml":
                    a = a[:1]
                if a != b:
                    wrong.append(f"{view}/{file}: {one['id']}: {field}: {b!r} is {a!r} in feed.json")
    return documents, len(read["feed.json"])


def validate(folder, documents, wrong):
    sys.path.insert(0, str(folder / "src"))
    import feedvalidator
    from feedvalidator import compatibility, logging
    allowed = collections.Counter()
    for path, body in documents:
        events = feedvalidator.validateString(body.decode(), firstOccurrenceOnly=0, base=SITE + path)["loggedEvents"]
        for event in compatibility.AA(events):
            name = type(event).__name__
            if isinstance(event, (logging.Error, logging.Warning)):
                if name in ALLOWED:
                    allowed[name] += 1
                else:
                    wrong.append(f"{path}: validator: {type(event).__name__} {event.params}")
    for name, count in allowed.items():
        print(f"allowed {count} times: {name}: {ALLOWED[name]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("--feedmill", default=str(ROOT / "target/debug/feedmill"))
    parser.add_argument("--validator", type=pathlib.Path)
    parser.add_argument("--documents", type=int, default=60)
    args = parser.parse_args()
    feeds = args.corpus / "feeds"
    names = sorted(str(file.relative_to(feeds)) for file in feeds.glob("*/*") if file.is_file())
    names = names[:: max(1, len(names) // args.documents)]
    sources = publisher(feeds, names)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "feeds.toml"
        config.write_text(
            f'[site]\ntitle = "科技合流"\nurl = "{SITE}"\nlanguage = "zh-CN"\n[server]\nlisten = "127.0.0.1:{port}"\n'
            '[fetch]\nallow_private = ["127.0.0.0/8"]\nper_host_delay = "0s"\nper_host_connections = 8\n'
            '[[view]]\nname = "long"\nfilter = "length > 500"\n'
            + "".join(f'[[source]]\nname = "s{n}"\nurl = "http://127.0.0.1:{sources}/{n}"\ncategory = "c{n % 3}"\n' for n in range(len(names))))
        program = [args.feedmill, "--config", str(config), "--data", str(pathlib.Path(folder) / "data")]
        subprocess.run([program[0], "poll", *program[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        daemon = subprocess.Popen([program[0], "run", *program[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(READY_SECONDS_MAX * 5):
                try:
                    get(port, "/readyz")
                    break
                except OSError:
                    time.sleep(0.2)
            wrong, documents, entries = [], [], 0
            # The longest sources: those with archives.
            views = ["", "/category/c0", "/category/c1", "/category/c2", "/view/long", *(f"/source/s{n}" for n in range(len(names)))]
            for view in views:
                of_view, count = compare(port, view, wrong)
                documents += of_view
                entries += count
        finally:
            daemon.terminate()
            daemon.wait(30)
    archives = sum("?page=" in path for path, _ in documents)
    print(f"{len(documents)} documents, {archives} of them archives, of {len(views)} feeds; {entries} entries compared in three formats")
    if args.validator:
        validate(args.validator, documents, wrong)
    for line in wrong[:100]:
        print(line)
    print(f"{len(wrong)} differences")
    sys.exit(1 if wrong or not archives else 0)


if __name__ == "__main__":
    main()
