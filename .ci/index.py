"""Measures `trailbell events index` and searches with and without an index.

    index.py TRAILBELL FOLDER DAYS

FOLDER has five generated days in the folders 1 to 5. Each becomes a fifth of the dates, by links to its files.
"""

import datetime
import json
import os
import subprocess
import sys

FIRST = datetime.date(2025, 9, 15)
GENERATED = datetime.date(2026, 9, 14)


def run(*command, out=subprocess.DEVNULL):
    """Processor time in seconds, and memory in MiB."""
    process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 1), command
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def link(folder, logs, days):
    """Links the generated files under each date. The sizes are those of all links."""
    size = 0
    for number in range(days):
        date = FIRST + datetime.timedelta(days=number)
        source = os.path.join(folder, str(number % 5 + 1))
        for parent, _, names in os.walk(source):
            target = parent.replace(source, logs).replace(f"{GENERATED:%Y/%m/%d}", f"{date:%Y/%m/%d}")
            os.makedirs(target, exist_ok=True)
            for name in names:
                path = os.path.join(parent, name)
                os.link(path, os.path.join(target, name.replace(f"{GENERATED:%Y%m%d}", f"{date:%Y%m%d}")))
                size += os.path.getsize(path)
    return size


def values(tool, folder):
    """A rare and a frequent value of each kind, from the first generated day."""
    listed = subprocess.run(
        [tool, "events", os.path.join(folder, "1"), "--all", "--no-index", "--format", "jsonl"],
        capture_output=True, check=False, text=True,
    ).stdout
    found = {"--name": {}, "--user": {}, "--ip": {}, "--access-key": {}, "--id": {}, "--resource": {}}
    for line in listed.splitlines():
        event = json.loads(line)
        resources = event["resources"]
        for option, value in [
            ("--name", event["name"]), ("--user", event["user"]["name"]), ("--ip", event["ip"]),
            ("--access-key", event["user"]["accessKey"]), ("--id", event["eventId"]),
            ("--resource", resources[0]["name"] if resources else None),
        ]:
            if value:
                found[option][value] = found[option].get(value, 0) + 1
    for option, counts in found.items():
        yield option, min(counts, key=counts.get)
        if option != "--id":
            yield option, max(counts, key=counts.get)


def main():
    tool, folder, days = sys.argv[1], sys.argv[2], int(sys.argv[3])
    logs, index = os.path.join(folder, "logs"), os.path.join(folder, "index")
    os.makedirs(logs)
    size = link(folder, logs, days)
    print(f"{days} days, {size / 1e6:.0f} MB of gzip")
    # A file that was changed just now is always read.
    day = os.path.join(folder, "1")
    subprocess.run(["sleep", "3"], check=True)
    names = [os.path.join(parent, name) for parent, _, files in os.walk(day) for name in files]
    gunzip, _ = run("xargs", "-0", "-a", listing(folder, names), "gzip", "-dc")
    build, memory = run(tool, "events", "index", day, "--index-folder", os.path.join(folder, "one"))
    print(f"index of a day: {build:.2f} s, {build / gunzip:.1f} x gzip -d, {memory:.0f} MiB")
    build, memory = run(tool, "events", "index", logs, "--index-folder", index)
    indexed = sum(os.path.getsize(os.path.join(parent, name)) for parent, _, files in os.walk(index) for name in files)
    print(f"index of all: {build:.1f} s, {memory:.0f} MiB, {100 * indexed / size:.2f} % of gzip")
    listed, memory = run(tool, "events", "files", logs)
    print(f"listing the files alone: {listed:.2f} s, {memory:.0f} MiB")
    for option, value in values(tool, folder):
        for limit in (["--limit", "50"], []):
            command = [tool, "events", logs, option, value, "--all", "--format", "jsonl", *limit]
            seconds, memory = run(*command, "--index-folder", index)
            print(f"{option} {value} {' '.join(limit)}: {seconds:.2f} s, {memory:.0f} MiB")


def listing(folder, names):
    path = os.path.join(folder, "names")
    with open(path, "w", encoding="utf-8") as out:
        out.write("\0".join(names))
    return path


if __name__ == "__main__":
    main()
