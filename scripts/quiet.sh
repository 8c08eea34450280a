#!/usr/bin/env bash
# Runs a command and shows what it said only when it failed.
said=$("$@" 2>&1) || { status=$?; echo "$said"; exit "$status"; }
