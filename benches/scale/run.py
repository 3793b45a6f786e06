#!/usr/bin/env python3
"""Ten thousand sources on one process, as ratios against a bare loop of reqwest and feed-rs over the same addresses in the same run.

    benches/scale/run.py [--feeds 10000] [--hosts 500] [--latency MS] [--failing SHARE] [--hanging SHARE] [--length TIMES]
                         [--skip summaries,rest,slow]

It builds the release program and benches/scale (the publisher and the bare loop), starts the publisher on loopback and prints, with the
limits of the project behind each figure:

- the CPU time (user and system) and peak memory of a cold cycle: everything fetched, read, stored, published;
- of a cycle in which every answer is a 304;
- of a cold cycle with offline summaries;
- the memory of the daemon at rest with all sources known;
- (with --hanging) how long the rest took while that share of the sources hung.

CPU time is what the kernel counted for the process. The publisher is a process of its own and is not in it. Python's standard library only.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
REST_SECONDS = 20
READY_SECONDS_MAX = 120


def build():
    """Builds both programs and says where they are."""
    found = {}
    for what in (["--bin", "feedmill"], ["--bench", "scale"]):
        command = ["cargo", "build", "--release", "--message-format", "json-render-diagnostics", *what]
        lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
        for line in map(json.loads, lines):
            if line.get("reason") == "compiler-artifact" and line.get("executable"):
                found[line["target"]["name"]] = line["executable"]
    return found["feedmill"], found["scale"]


def measured(command, log):
    """Runs to the end; CPU seconds, peak MB, wall seconds, exit code."""
    start = time.monotonic()
    with open(log, "w") as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, time.monotonic() - start, child.returncode


def address(number, port, hosts):
    host = number % hosts
    return f"http://127.{1 + host // 62500}.{host // 250 % 250}.{1 + host % 250}:{port}/{number}.xml"


def write_config(path, args, port, listen, summary):
    head = f"""[site]
title = "scale"
url = "https://feeds.example.org"
[server]
listen = "127.0.0.1:{listen}"
[fetch]
allow_private = ["127.0.0.0/8"]
per_host_delay = "0s"
per_host_connections = 64
max_in_flight = 64
starts_per_second = 0
timeout = "{args.timeout}"
[article]
summary = "{summary}"
"""
    sources = (f'[[source]]\nname = "s{n}"\nurl = "{address(n, port, args.hosts)}"\ncategory = "c{n % 20}"\n' for n in range(args.feeds))
    path.write_text(head + "".join(sources))


def at_rest(feedmill, config, data, listen, log):
    """Starts the daemon on a store that knows all sources and gives its memory in MB once it has nothing to do."""
    with open(log, "w") as out:
        daemon = subprocess.Popen([feedmill, "run", "--config", config, "--data", data], stdout=out, stderr=subprocess.STDOUT)
    try:
        for _ in range(READY_SECONDS_MAX * 10):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{listen}/readyz", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(REST_SECONDS)
        status = dict(line.split(":", 1) for line in open(f"/proc/{daemon.pid}/status") if ":" in line)
        return int(status["VmRSS"].split()[0]) / 1024, int(status["VmHWM"].split()[0]) / 1024
    finally:
        daemon.terminate()
        daemon.wait(60)


def say(what, figure, limit=""):
    print(f"{what:<46} {figure:<34} {limit}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--hosts", type=int, default=500, help="how many addresses of 127.0.0.0/8 the feeds are spread over")
    parser.add_argument("--latency", type=int, default=0, help="milliseconds before each answer")
    parser.add_argument("--failing", type=float, default=0.0, help="share of feeds that answer 500")
    parser.add_argument("--hanging", type=float, default=0.0, help="share of feeds that never answer")
    parser.add_argument("--length", type=int, default=1, help="how many times as long as a teaser the entries are; 2 is the mean of the corpus")
    parser.add_argument("--timeout", default="30s", help="timeout of [fetch]")
    parser.add_argument("--listen", type=int, default=8097, help="a free port for the daemon")
    parser.add_argument("--skip", default="", help="what not to measure: summaries, rest, unchanged")
    parser.add_argument("--feedmill", help="a program built already")
    parser.add_argument("--folder", help="where to work (default: a new folder in target/)")
    args = parser.parse_args()
    feedmill, scale = build()
    feedmill = args.feedmill or feedmill
    (ROOT / "target").mkdir(exist_ok=True)
    folder = pathlib.Path(args.folder or tempfile.mkdtemp(prefix="scale-", dir=ROOT / "target"))
    folder.mkdir(exist_ok=True)
    orders = [f"{key}={getattr(args, key)}" for key in ("latency", "failing", "hanging", "length")]
    publisher = subprocess.Popen([scale, "publisher", str(args.feeds), *orders], stdout=subprocess.PIPE, text=True)
    try:
        port = publisher.stdout.readline().split()[1]
        measure(args, feedmill, scale, folder, port)
    finally:
        publisher.kill()
        if not args.folder:
            shutil.rmtree(folder)


def measure(args, feedmill, scale, folder, port):
    skip = set(args.skip.split(","))
    config, with_summaries, data = folder / "feeds.toml", folder / "summaries.toml", folder / "data"
    write_config(config, args, port, args.listen, "off")
    write_config(with_summaries, args, port, args.listen, "offline")
    poll = [feedmill, "poll", "--all", "--data", data, "--config"]
    bare = [scale, "bare", str(args.feeds), port, str(args.hosts)]
    slow = args.hanging > 0

    if not slow:
        base, peak, wall, _ = measured(bare, folder / "bare.log")
        say("bare loop, cold", f"{base:.1f} CPU-s, {wall:.0f} s, peak {peak:.0f} MB", (folder / "bare.log").read_text().strip())
    cold, peak, wall, _ = measured([*poll, config], folder / "cold.log")
    last = (folder / "cold.log").read_text().strip().splitlines()[-1:]
    say("feedmill, cold cycle", f"{cold:.1f} CPU-s, {wall:.0f} s, peak {peak:.0f} MB", "".join(last))
    if slow:
        return
    say("  ratio of CPU", f"{cold / base:.2f}", "at most 3")
    say("  peak memory", f"{peak:.0f} MB", "under 256 MB")
    if "unchanged" not in skip:
        bare_304, _, _, _ = measured([*bare, "conditional"], folder / "bare-304.log")
        say("bare loop, all 304", f"{bare_304:.2f} CPU-s", (folder / "bare-304.log").read_text().strip())
        all_304, peak, wall, _ = measured([*poll, config], folder / "304.log")
        last = (folder / "304.log").read_text().strip().splitlines()[-1:]
        say("feedmill, all 304", f"{all_304:.2f} CPU-s, {wall:.0f} s, peak {peak:.0f} MB", "".join(last))
        say("  ratio of CPU", f"{all_304 / bare_304:.2f}", "at most 2")
    if "rest" not in skip:
        rest, most = at_rest(feedmill, config, data, args.listen, folder / "rest.log")
        say("daemon at rest", f"{rest:.0f} MB (most {most:.0f} MB)", "under 64 MB")
    if "summaries" not in skip:
        shutil.rmtree(data)
        cold, peak, wall, _ = measured([*poll, with_summaries], folder / "summaries.log")
        say("feedmill, cold cycle with offline summaries", f"{cold:.1f} CPU-s, {wall:.0f} s, peak {peak:.0f} MB")
        say("  ratio of CPU", f"{cold / base:.2f}", "at most 6")


if __name__ == "__main__":
    sys.exit(main())
