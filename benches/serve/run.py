#!/usr/bin/env python3
"""What readers get from feedmill, against nginx serving the same bytes as a file, on the same core in the same run.

    benches/serve/run.py [--feedmill PROGRAM] [--seconds 5] [--rounds 5] [--slow 10000] [--sources 10000] [--skip ratio,slow,news]

It builds the release program (unless one is given), starts a publisher on loopback and a daemon with that many sources, waits until all are
polled and at rest, and prints, with the limits of the project behind each figure:

- requests a second for `GET /feed.xml` (100 entries) and for 304, of feedmill and of nginx: rounds of both in turn, the median of the ratios,
  and the same by CPU time (what the kernel counted for the process), which other work on the machine changes less;
- the time that a reader waits for `/feed.xml`, median and p99, while that many slow clients hold connections: half of them send a byte of
  their request now and then, half take the answer as slowly;
- the time from an entry's being served by its publisher to the merged feed containing it, median and most.

It needs nginx and wrk (Debian: apt-get install nginx-light wrk), taskset, and `ulimit -n` above the number of slow clients and sources.
Servers run on core 0, the load on core 1. Python's standard library only.
"""

import argparse
import asyncio
import hashlib
import http.client
import http.server
import json
import multiprocessing
import os
import pathlib
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENTRIES = 100
CONNECTIONS = 32
READY_SECONDS_MAX = 900
REQUESTS = 1000
REQUEST_PAUSE_SECONDS = 0.01
DRIP_SECONDS = 5
NEWS = 30
TICKS = os.sysconf("SC_CLK_TCK")


def build():
    command = ["cargo", "build", "--release", "--message-format", "json-render-diagnostics", "--bin", "feedmill"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return next(m["executable"] for m in map(json.loads, lines) if m.get("executable") and m["target"]["name"] == "feedmill")


def say(what, figure, limit=""):
    print(f"{what:<58} {figure:<42} {limit}", flush=True)


def entry(number, words):
    text = "".join(f"<p>Sentence {n} of entry {number}: 一段文字，{words} and some words in English.</p>" for n in range(20))
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() - 86400 + number))
    link = f"https://news.example.org/{number}-{words}"
    return (f"<item><title>Entry {number} {words}</title><link>{link}</link><guid>{link}</guid><pubDate>{date}</pubDate>"
            f"<description><![CDATA[{text}]]></description></item>")


class Publisher(http.server.BaseHTTPRequestHandler):
    """Every feed has one entry; /news.xml has as many as a feed of ours, and what is added."""

    protocol_version = "HTTP/1.1"
    news = [entry(n, "old") for n in range(ENTRIES)]
    served = {}

    def do_GET(self):
        name = self.path.strip("/").removesuffix(".xml")
        # The others are older, so that the merged feed is the news.
        items = self.news if name == "news" else [
            f"<item><title>Of {name}</title><guid>tag:{name}.example.org,2024:1</guid><pubDate>Sun, 18 Feb 2024 09:00:00 GMT</pubDate>"
            f"<description>The one entry of {name}, and nothing else: {hashlib.sha256(name.encode()).hexdigest()}</description></item>"]
        body = ("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Feed " + name + "</title><link>https://example.org/</link>"
                "<description>d</description>" + "".join(items) + "</channel></rss>").encode()
        tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
        unchanged = self.headers.get("If-None-Match") == tag
        self.send_response(304 if unchanged else 200)
        self.send_header("ETag", tag)
        if not unchanged:
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not unchanged:
            if name == "news":
                self.served[len(items)] = time.monotonic()
            self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def write_config(path, port, publisher, sources):
    head = f"""[site]
title = "serve"
url = "https://feeds.example.org"
[server]
listen = "127.0.0.1:{port}"
[fetch]
allow_private = ["127.0.0.0/8"]
per_host_delay = "0s"
per_host_connections = 16
max_in_flight = 64
starts_per_second = 0
[defaults]
interval = "7 days"
summary = "off"
[[source]]
name = "news"
url = "http://127.0.0.1:{publisher}/news.xml"
"""
    path.write_text(head + "".join(f'[[source]]\nname = "s{n}"\nurl = "http://127.0.0.1:{publisher}/s{n}.xml"\n' for n in range(sources)))


def get(port, path="/feed.xml", headers=None):
    one = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    one.request("GET", path, headers=headers or {})
    answer = one.getresponse()
    body = answer.read()
    one.close()
    return answer.status, dict(answer.getheaders()), body


def cpu_seconds(pid):
    pids = [pid] + [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    total = 0
    for one in pids:
        fields = pathlib.Path(f"/proc/{one}/stat").read_text().rsplit(") ", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def until_at_rest(daemon, port, sources):
    """All sources polled, and nothing left to do."""
    began = time.monotonic()
    while time.monotonic() - began < READY_SECONDS_MAX:
        try:
            status, _, body = get(port, "/opml.xml")
            feed = get(port)
        except OSError:
            time.sleep(0.5)
            continue
        before = cpu_seconds(daemon.pid)
        time.sleep(3)
        if feed[2].count(b"<item>") >= ENTRIES and len(Publisher.served) and cpu_seconds(daemon.pid) - before < 0.1:
            return
    sys.exit(f"the daemon did not come to rest within {READY_SECONDS_MAX} s")


def start_nginx(folder, port, bytes_):
    root = folder / "www"
    root.mkdir()
    (root / "feed.xml").write_bytes(bytes_)
    # Its workers would be nobody, who cannot read our folder.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(f"""
{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1;
events {{ worker_connections 16384; }}
http {{
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 100000000; etag on;
  types {{ application/rss+xml xml; }}
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  open_file_cache max=100; open_file_cache_valid 60s;
  server {{ listen 127.0.0.1:{port}; root {root}; add_header Cache-Control "public, max-age=900"; add_header Vary "Accept, Accept-Encoding"; }}
}}
""")
    nginx = subprocess.Popen(["taskset", "-c", "0", "nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")])
    for _ in range(100):
        try:
            get(port)
            return nginx
        except OSError:
            time.sleep(0.1)
    sys.exit("nginx did not start")


def load(port, seconds, tag, pid):
    """Requests a second, and requests a second of CPU time."""
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    if tag:
        command += ["-H", f"If-None-Match: {tag}"]
    before = cpu_seconds(pid)
    out = subprocess.run([*command, f"http://127.0.0.1:{port}/feed.xml"], check=True, stdout=subprocess.PIPE, text=True).stdout
    used = cpu_seconds(pid) - before
    if not tag and "Non-2xx" in out:
        sys.exit(out)
    count = int(re.search(r"(\d+) requests in", out)[1])
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), count / max(used, 0.01)


def ratio(args, folder, port, daemon):
    _, headers, body = get(port)
    other = free_port()
    nginx = start_nginx(folder, other, body)
    try:
        if get(other)[2] != body:
            sys.exit("nginx does not serve the same bytes; see its log in " + str(folder))
        tags = {True: headers["etag"], False: get(other)[1]["ETag"]}
        say("bytes of /feed.xml, entries in it", f"{len(body):,}, {body.count(b'<item>')}")
        for what, conditional in (("GET /feed.xml", False), ("304", True)):
            figures = []
            for _ in range(args.rounds):
                ours = load(port, args.seconds, tags[True] if conditional else None, daemon.pid)
                theirs = load(other, args.seconds, tags[False] if conditional else None, nginx.pid)
                figures.append((ours, theirs))
            each = [ours[0] / theirs[0] for ours, theirs in figures]
            by_cpu = [ours[1] / theirs[1] for ours, theirs in figures]
            rate = [statistics.median(side[0] for side in sides) for sides in zip(*figures)]
            say(f"{what}: requests a second, feedmill and nginx", f"{rate[0]:,.0f} and {rate[1]:,.0f}")
            say("  ratio, median (all)", f"{statistics.median(each):.2f} ({', '.join(f'{one:.2f}' for one in each)})", "at least 0.7")
            say("  ratio by CPU time of the servers, median", f"{statistics.median(by_cpu):.2f}")
    finally:
        nginx.terminate()
        nginx.wait(10)


def slow_clients(port, count, ready):
    """Holds so many connections for ever, in a process of its own."""
    os.sched_setaffinity(0, {1})

    async def one(number, state):
        counted = False
        while True:
            try:
                loop = asyncio.get_running_loop()
                plain = socket.socket()
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                plain.setblocking(False)
                await loop.sock_connect(plain, ("127.0.0.1", port))
                if not counted:
                    counted = True
                    state[0] += 1
                if number % 2:
                    await loop.sock_sendall(plain, b"GET /feed.xml HTTP/1.1\r\nhost: x\r\n\r\n")
                    while await loop.sock_recv(plain, 512):
                        await asyncio.sleep(DRIP_SECONDS)
                else:
                    await loop.sock_sendall(plain, b"GET /feed.xml HTTP/1.1\r\nhost: x\r\nx-slow: ")
                    for _ in range(1000):
                        await loop.sock_sendall(plain, b"y")
                        await asyncio.sleep(DRIP_SECONDS)
            except OSError:
                await asyncio.sleep(1)
            finally:
                plain.close()

    async def all_of_them():
        state = [0]
        tasks = []
        for number in range(count):
            tasks.append(asyncio.create_task(one(number, state)))
            if number % 200 == 0:
                await asyncio.sleep(0.02)
        while state[0] < count:
            await asyncio.sleep(0.2)
        ready.set()
        await asyncio.gather(*tasks)

    asyncio.run(all_of_them())


def slow(args, port, daemon):
    ready = multiprocessing.Event()
    clients = multiprocessing.Process(target=slow_clients, args=(port, args.slow, ready), daemon=True)
    clients.start()
    if not ready.wait(180):
        sys.exit("the slow clients could not all connect: see ulimit -n")
    open_ = len(os.listdir(f"/proc/{daemon.pid}/fd"))
    times = []
    for _ in range(REQUESTS):
        began = time.monotonic()
        status, _, body = get(port)
        times.append(time.monotonic() - began)
        if status != 200 or body.count(b"<item>") != ENTRIES:
            sys.exit(f"answer {status} of {len(body)} bytes")
        time.sleep(REQUEST_PAUSE_SECONDS)
    clients.kill()
    times.sort()
    say(f"{args.slow} slow clients ({open_} files open): a reader waits",
        f"median {1000 * statistics.median(times):.1f} ms, p99 {1000 * times[len(times) * 99 // 100]:.1f} ms", "p99 below 1000 ms")


def news(args, feedmill, config, data, port):
    times = []
    for number in range(NEWS):
        time.sleep(2)
        word = f"news-{number}"
        Publisher.news = [entry(ENTRIES + number, word), *Publisher.news]
        poll = subprocess.Popen([feedmill, "poll", "news", "--config", config, "--data", data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while word.encode() not in get(port)[2]:
            time.sleep(0.005)
        times.append(time.monotonic() - Publisher.served[ENTRIES + number + 1])
        poll.wait(60)
    say(f"{args.sources} sources at rest: from its publisher to /feed.xml",
        f"median {1000 * statistics.median(times):.0f} ms, most {1000 * max(times):.0f} ms", "median under 1000 ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feedmill", help="a program built already")
    parser.add_argument("--seconds", type=int, default=5, help="of load a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow", type=int, default=10_000)
    parser.add_argument("--sources", type=int, default=10_000)
    parser.add_argument("--skip", default="", help="what not to measure: ratio, slow, news")
    args = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    feedmill = args.feedmill or build()
    (ROOT / "target").mkdir(exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="serve-", dir=ROOT / "target"))
    publisher = Server(("127.0.0.1", 0), Publisher)
    threading.Thread(target=publisher.serve_forever, daemon=True).start()
    port, config, data = free_port(), folder / "feeds.toml", folder / "data"
    write_config(config, port, publisher.server_address[1], args.sources)
    log = open(folder / "log", "w")
    # New sources are spread over their interval; this polls them all now.
    subprocess.run([feedmill, "poll", "--all", "--config", config, "--data", data], stdout=log, stderr=subprocess.STDOUT)
    command = ["taskset", "-c", "0", feedmill, "run", "--config", config, "--data", data]
    daemon = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    skip = set(args.skip.split(","))
    try:
        until_at_rest(daemon, port, args.sources)
        if "ratio" not in skip:
            ratio(args, folder, port, daemon)
        if "news" not in skip:
            news(args, feedmill, config, data, port)
        if "slow" not in skip:
            slow(args, port, daemon)
    finally:
        daemon.terminate()
        daemon.wait(30)
    shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
