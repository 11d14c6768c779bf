#!/usr/bin/env bash
# microflow inspect, as text and as JSON.
. "$(dirname "$0")/check.sh" "$@"
finish
