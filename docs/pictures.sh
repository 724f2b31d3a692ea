#!/bin/sh
# Draws the pictures in docs/pictures from the samples. Needs Python with `venv`, and `script` of util-linux, which stands
# in for a terminal. The first run installs `rich` below target/.
set -eu
cd "$(dirname "$0")/.."

tools=target/pictures
[ -x "$tools/bin/python" ] || python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check rich==15.0.0

# TRAILBELL may name a program that is already built.
if [ -z "${TRAILBELL:-}" ]; then
    cargo build --quiet --locked -p cli --no-default-features
    TRAILBELL=$PWD/${CARGO_TARGET_DIR:-target}/debug/trailbell
fi

picture() { # KIND TITLE COLUMNS NAME
    "$tools/bin/python" docs/pictures.py "$1" "$2" "$3" > "docs/pictures/$4.svg"
}

# Somebody stops the trail, in the samples.
EVENT=f073beb6-a37d-4c5e-a314-2f3c77e2ffce

mkdir -p docs/pictures
script --quiet --return --command "stty cols 140 rows 50; '$TRAILBELL' replay samples 2> /dev/null" /dev/null < /dev/null |
    picture terminal "trailbell replay samples" 140 terminal
script --quiet --return --command "stty cols 140 rows 50; '$TRAILBELL' events show $EVENT samples --around 10m 2> /dev/null" /dev/null < /dev/null |
    picture terminal "trailbell events show $EVENT samples --around 10m" 140 event
"$TRAILBELL" alert preview cloudtrail-stopped-or-deleted --records samples --as mail |
    picture mail "E-mail" 110 mail
"$TRAILBELL" alert preview ec2-large-instance-changes --records samples --as chat |
    picture chat "Chat" 90 chat
