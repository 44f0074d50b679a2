"""`python -m core`: see core/cli.py."""

import signal
import sys
from types import FrameType

from core.cli import main


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt  # so that nothing half-made stays behind, as after Ctrl-C


for name in (signal.SIGTERM, signal.SIGHUP):
    if signal.getsignal(name) is signal.SIG_DFL:  # under nohup a command goes on
        signal.signal(name, _stop)
sys.exit(main())
