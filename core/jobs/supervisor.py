"""`python -m core.jobs.supervisor --workspace DIR`: starts the jobs of a workspace, one child each.

There is one a workspace (a file lock says so). It imports no TensorFlow, outlives tab and server, and
ends when nothing is queued or running and no server is up. Heavy jobs go one a GPU, or one at a time on a
machine without; light ones beside them.
"""

from __future__ import annotations

import argparse
import contextlib
import sqlite3
import subprocess
import sys
import time

from filelock import FileLock, Timeout

from core.errors import FoveaError, NotFoundError
from core.jobs import presence, start
from core.jobs.places import Place, beside, joined, parts, places
from core.jobs.spawn import how_it_ended, spawn
from core.jobs.warm import Code, WarmChild
from core.workspace import Workspace, events, queue
from core.workspace.room import is_disk_full

LIGHT_AT_ONCE = 2
LOOK_EVERY_SECONDS = 0.1
LOOK_ANYWAY_SECONDS = 2.0
LINGER_SECONDS = 3.0
WAIT_FOR_OTHER_SECONDS = 10.0


class Supervisor:
    """Knows its children and their places; everything else is in the catalogue.

    Args:
        workspace: Whose jobs it starts.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._places = places()
        self._places_of: dict[str, list[Place]] = {}
        self._warm = WarmChild(workspace)
        self._code = Code()
        self._is_without_room = False

    def serve(self) -> None:
        """Start jobs until there are none for `LINGER_SECONDS` and no server is up.

        One whose code was changed on disk makes way for another as soon as nothing runs.
        """
        idle_since = time.monotonic()
        try:
            while True:
                seen = self._mark()
                is_up = presence.is_up(self._workspace)
                works = self._look_even_without_room(is_up)
                if works or is_up:
                    idle_since = time.monotonic()
                elif time.monotonic() - idle_since >= LINGER_SECONDS:
                    return
                if is_up and not works and self._code.changed():
                    start.ensure_supervisor(self._workspace)
                    return
                self._wait(None if works else seen)
        finally:
            self._warm.end()

    def _look_even_without_room(self, is_up: bool) -> bool:
        """`_look`; where the disk is full, what it could not record is recorded by a later one."""
        try:
            works = self._look(is_up)
        except (OSError, sqlite3.Error) as error:
            if not is_disk_full(error):
                raise
            if not self._is_without_room:
                print(f"The disk is full ({error}). Jobs go on as soon as there is room.", file=sys.stderr, flush=True)
            self._is_without_room = True
            return True
        except FoveaError as error:  # of one job, or of the catalogue: the others go on
            print(error, file=sys.stderr, flush=True)
            return True
        self._is_without_room = False
        return works

    def _look(self, is_up: bool) -> bool:
        """Do what there is to do; whether anything runs."""
        self._bury()
        queue.reconcile(self._workspace)
        running = queue.list_jobs(self._workspace, statuses=(queue.RUNNING,))
        taken = self._taken([job for job in running if job.lane == queue.HEAVY])
        started = self._start_heavy(taken)
        started |= self._start_light(sum(job.lane == queue.LIGHT for job in running))
        if is_up:
            free = [place for place in self._places if place not in taken]
            self._warm.keep(free, taken, is_wanted=bool(queue.waiting(self._workspace, queue.HEAVY)))
        else:
            self._warm.end()
        return bool(running or started or self._children)

    def _taken(self, heavy: list[queue.Job]) -> dict[Place, float]:
        """{place: when its training began}. A child has its place until its process is gone."""
        taken: dict[Place, float] = {}
        known = {job.id for job in heavy} | set(self._children)
        self._places_of = {job_id: several for job_id, several in self._places_of.items() if job_id in known}
        for job in heavy:
            several = self._places_of.get(job.id) or self._told(job)
            if not several:
                return dict.fromkeys(self._places, time.time())
            self._places_of[job.id] = several
            taken |= dict.fromkeys(several, job.started_at or 0.0)
        ending = [place for several in self._places_of.values() for place in several]
        return {**dict.fromkeys(ending, time.time()), **taken}

    def _told(self, job: queue.Job) -> list[Place]:
        """Where a job runs that an earlier supervisor started; nothing while it has not said so."""
        if len(self._places) == 1:
            return self._places
        said = events.newest_attempt(events.read(job.folder(self._workspace))[0])
        started = next((one for one in reversed(said) if one["event"] == "started"), None)
        return parts(self._places, started.get("device") or "") if started else []

    def _start_heavy(self, taken: dict[Place, float]) -> bool:
        started = False
        while free := [place for place in self._places if place not in taken]:
            waiting = queue.waiting(self._workspace, queue.HEAVY)
            if waiting and self._wanted(waiting[0]) > len(free):
                break  # nobody overtakes it
            job = queue.claim(self._workspace, queue.HEAVY)
            if job is None:
                break
            several = free[: self._wanted(job)]
            if len(several) == 1 and self._warm.place in free:
                several = [place for place in free if place == self._warm.place]
            place = joined(several)
            self._children[job.id] = self._warm.become(job, place) or spawn(self._workspace, job, place)
            self._places_of[job.id] = several
            taken |= dict.fromkeys(several, time.time())
            started = True
        return started

    def _wanted(self, job: queue.Job) -> int:
        """How many GPUs share the batches of a training; no more than there are, which it will say itself."""
        return min(int(job.payload.get("gpus", 1)), len(self._places))

    def _start_light(self, busy: int) -> bool:
        started = False
        while busy < LIGHT_AT_ONCE and (job := queue.claim(self._workspace, queue.LIGHT)):
            self._children[job.id] = spawn(self._workspace, job, beside(self._places))
            busy, started = busy + 1, True
        return started

    def _bury(self) -> None:
        """Record the end of children that could not do so themselves."""
        for job_id, child in list(self._children.items()):
            code = child.poll()
            if code is None:
                continue
            with contextlib.suppress(NotFoundError):  # deleted as soon as it had recorded its end
                queue.finish(self._workspace, job_id, queue.INTERRUPTED, how_it_ended(code), fault=queue.FOVEA)
            del self._children[job_id]  # not before: where the disk is full that raises, and is done again

    def _mark(self) -> list[int]:
        """Changes whenever the catalogue was written."""
        catalogue, times = self._workspace.catalogue, []
        for file in (catalogue, catalogue.with_name(f"{catalogue.name}-wal")):
            with contextlib.suppress(FileNotFoundError):
                times.append(file.stat().st_mtime_ns)
        return times

    def _wait(self, seen: list[int] | None) -> None:
        """Sleep until the next look: for long where nobody writes the catalogue."""
        until = time.monotonic() + LOOK_ANYWAY_SECONDS
        time.sleep(LOOK_EVERY_SECONDS)
        while seen is not None and self._mark() == seen and time.monotonic() < until:
            time.sleep(LOOK_EVERY_SECONDS)


def main() -> int:
    """Serve the workspace that the command line names, unless another process does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workspace", required=True)
    workspace = Workspace.open(parser.parse_args().workspace)
    lock = FileLock(workspace.root / "supervisor.lock")
    try:
        # The other one may be about to end; then this one goes on.
        lock.acquire(timeout=WAIT_FOR_OTHER_SECONDS, poll_interval=0.1)
    except Timeout:
        return 0
    with lock:
        Supervisor(workspace).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
