"""The prompt in a real pseudo-terminal: how soon it is there, and how soon a key shows."""

import fcntl
import os
import pty
import re
import select
import shutil
import statistics
import struct
import tempfile
import termios
import time

#: What a session may well hold: 50,000 keys, and a thousand names beside them.
NAMESPACE = [
    "d = {f'module.layers.{i}.w{j}': i for i in range(5000) for j in range(10)}",
    "globals().update({f'name{i}': i for i in range(1000)})",
]
TYPED = "r = {k.replace('module.', ''): v for k, v in d.items() if k in d and len(d[\"module.layers.4999.w1\"].shape) == torch.sum(name500)}"
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]")
#: Nothing more comes when it was quiet for so long: much longer than a key may take, for what a key changes comes in parts.
QUIET = 0.1
#: How often the same keys are pressed in a menu. The least of each key's times is what the program takes; the rest is the machine's.
ROUNDS = 5
#: What is typed before a menu is opened, and the keys in it: opening it, walking, making it shorter and longer again.
WALK = [b"\t"] * 4 + [b"\x1b[B"] * 3 + [b"\x1b[Z"] * 3 + [b"\x1b[6~", b"\x1b[5~"]
MENUS = [
    (b'd["module.layers.', [b"\t", *WALK, *(bytes([key]) for key in b"49"), b"\x7f", b"\x7f"]),
    (b'd["lay', [b"\t", *WALK, *(bytes([key]) for key in b"49w3"), *[b"\x7f"] * 4]),
    (b'd["l4', [b"\t", *(bytes([key]) for key in b"99w7"), *[b"\x7f"] * 4, *WALK]),
]
PATIENCE = 20.0
#: What the shell asks of a terminal when it starts, and what xterm answers: a black ground, and what it is.
QUESTION, ANSWER = b"\x1b[c", b"\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?62;22c"


class Prompt:
    def __init__(self, torchsh):
        self.folder = tempfile.mkdtemp(prefix="bench-prompt-")
        self.started, self.is_answered = time.monotonic(), False
        self.child, self.screen = pty.fork()
        if self.child == 0:
            home = {"HOME": self.folder, "TERM": "xterm-256color", "PATH": os.environ["PATH"]}
            os.chdir(self.folder)
            os.execve(torchsh, [torchsh], home)
        fcntl.ioctl(self.screen, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))

    def wait(self, wanted):
        """Seconds since the start when a text is on the screen."""
        seen, end = b"", time.monotonic() + PATIENCE
        while wanted not in ESCAPES.sub(b"", seen):
            if time.monotonic() > end:
                raise SystemExit(f"the prompt never showed {wanted!r}: {seen[-300:]!r}")
            if select.select([self.screen], [], [], 0.1)[0]:
                seen += os.read(self.screen, 65536)
                if QUESTION in seen and not self.is_answered:
                    self.is_answered = True
                    os.write(self.screen, ANSWER)
        return time.monotonic() - self.started

    def enter(self, line, number):
        os.write(self.screen, line.encode() + b"\r")
        self.wait(f"In [{number}]: ".encode())

    def key(self, key):
        """Seconds until all that a key changes is on the screen."""
        sent = shown = time.monotonic()
        os.write(self.screen, key)
        while select.select([self.screen], [], [], QUIET if shown > sent else 2.0)[0]:
            os.read(self.screen, 65536)
            shown = time.monotonic()
        return shown - sent

    def close(self):
        os.write(self.screen, b"\x03\x04")
        os.close(self.screen)
        os.waitpid(self.child, 0)
        shutil.rmtree(self.folder)


def ready(torchsh):
    """Seconds from the start of the process to a prompt."""
    prompt = Prompt(torchsh)
    seconds = prompt.wait(b"In [1]: ")
    prompt.close()
    return seconds


def keystrokes(torchsh):
    """Of a long line typed into a large session: the median and the slowest key, and a completion among 50,000 keys."""
    prompt = Prompt(torchsh)
    prompt.wait(b"In [1]: ")
    for number, line in enumerate(NAMESPACE, 2):
        prompt.enter(line, number)
    prompt.key(b" ")
    prompt.key(b"\x7f")
    taken = [prompt.key(key.encode()) for key in TYPED]
    prompt.key(b"\x03")
    for key in "d[\"module.layers.49":
        prompt.key(key.encode())
    tab = prompt.key(b"\t")
    prompt.close()
    return statistics.median(taken), max(taken), tab


def menus(torchsh):
    """With a menu open over 50,000 keys: the median and the slowest key, each the least of some rounds."""
    prompt = Prompt(torchsh)
    prompt.wait(b"In [1]: ")
    prompt.enter(NAMESPACE[0], 2)
    least = {}
    for _ in range(ROUNDS):
        for menu, (typed, keys) in enumerate(MENUS):
            for key in typed:
                prompt.key(bytes([key]))
            for place, key in enumerate(keys):
                seconds = prompt.key(key)
                least[menu, place] = min(seconds, least.get((menu, place), seconds))
            # The menu goes, then the line.
            prompt.key(b"\x1b")
            prompt.key(b"\x03")
    prompt.close()
    return statistics.median(least.values()), max(least.values())
