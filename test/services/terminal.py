"""Runs a command in a pseudo-terminal.

Reads a JSON object from standard input: argv, env, columns, steps ([{"wait": text, "send": text}, …], each waits for a
text after that of the one before), timeout (s), piped (standard output goes through a pipe instead). Prints one:
output (of the terminal), stdout (of the pipe), code (negative: a signal), missing (the text that never came).
"""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

asked = json.load(sys.stdin)
controller, terminal = pty.openpty()
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, asked.get("columns", 100), 0, 0))
pipe_out, pipe_in = os.pipe()


def become_foreground():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


child = subprocess.Popen(
    asked["argv"],
    env=asked["env"],
    stdin=terminal,
    stdout=pipe_in if asked.get("piped") else terminal,
    stderr=terminal,
    preexec_fn=become_foreground,
)
os.close(terminal)
os.close(pipe_in)

seen = {controller: b"", pipe_out: b""}
steps = list(asked.get("steps", []))
searched = 0
ends_at = time.monotonic() + asked.get("timeout", 60)
open_files = [controller, pipe_out]
while open_files and time.monotonic() < ends_at:
    for file in select.select(open_files, [], [], 0.1)[0]:
        try:
            data = os.read(file, 65536)
        except OSError:  # the other side of a terminal was closed
            data = b""
        if not data:
            open_files.remove(file)
        seen[file] += data
    everything = seen[controller] + seen[pipe_out]
    while steps:
        at = everything.find(steps[0]["wait"].encode(), searched)
        if at < 0:
            break
        searched = at + len(steps[0]["wait"].encode())
        os.write(controller, steps.pop(0)["send"].encode())

if child.poll() is None and open_files:
    child.kill()
code = child.wait()
print(
    json.dumps(
        {
            "output": seen[controller].decode(errors="replace"),
            "stdout": seen[pipe_out].decode(errors="replace"),
            "code": code,
            "missing": steps[0]["wait"] if steps else None,
        }
    )
)
