"""The job queue: one row a job in SQLite, and the same in job.json in the job's folder.

Who runs what: anybody may `submit` and `request_stop`; only the supervisor calls `claim`; the child
that does the work calls `finish` while it still holds the lock of its folder; whoever looks calls
`reconcile`, which marks a running job whose lock nobody holds as interrupted.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sqlite3
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.errors import InputError, NotFoundError
from core.workspace import alive, events, turns
from core.workspace.atomic import read_json, write_json
from core.workspace.catalogue import connect, put_job
from core.workspace.paths import Workspace, is_name
from core.workspace.shape import flat

QUEUED, RUNNING, DONE, FAILED, STOPPED, INTERRUPTED = (
    "queued",
    "running",
    "done",
    "failed",
    "stopped",
    "interrupted",
)
INPUT, FOVEA = "input", "fovea"
ENDED = (DONE, FAILED, STOPPED, INTERRUPTED)
HEAVY, LIGHT = "heavy", "light"
STOP_FLAG = "stop"
STARTUP_SECONDS = 8.0
IN_TURN = "SELECT json FROM jobs WHERE status = ? AND lane = ? ORDER BY priority DESC, queued_at, id"


@dataclass(frozen=True)
class Job:
    """One piece of long work.

    Args:
        id: Its name and its folder's. The job of a training has the id of its run.
        kind: What to do; a key of core.jobs.kinds.KINDS.
        lane: "heavy" (one at a time on a device) or "light" (beside it).
        payload: What the kind needs to know; plain JSON.
        status: "queued", "running", "done", "failed", "stopped" or "interrupted".
        created_at, queued_at, started_at, ended_at: Seconds since 1970.
        cause: Why it failed or was interrupted, in words for people.
        fault: Whose fault that was: "input" or "fovea"; empty where nothing failed.
        result: What it gave back; plain JSON.
        priority: Of those that wait, the highest goes first; of equals, the one that was queued first.
        group: What it was queued as a part of: a sweep, say.
        group_seconds: How long the jobs of the group may run together; once they have, none of them is started.
        since_tick: When it was queued or started by the machine's own clock, which nobody sets: seconds since that was switched on.
        ran_seconds: How long it ran, by that clock; 0 until it has ended.
    """

    id: str
    kind: str
    lane: str
    payload: dict[str, Any] = field(default_factory=dict)
    status: str = QUEUED
    created_at: float = 0.0
    queued_at: float = 0.0
    started_at: float | None = None
    ended_at: float | None = None
    cause: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    priority: int = 0
    group: str = ""
    group_seconds: float | None = None
    fault: str = ""
    since_tick: float = 0.0
    ran_seconds: float = 0.0

    def folder(self, workspace: Workspace) -> Path:
        """Where its events, log and state are."""
        return workspace.run(self.id) if self.kind == "train" else workspace.job(self.id)

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it unless it is queued again."""
        return self.status in ENDED

    @property
    def seconds(self) -> float:
        """How long it has been waiting or running; once it has ended, how long it ran."""
        return self.ran_seconds if self.ended else max(time.monotonic() - self.since_tick, 0.0)

    @property
    def turn(self) -> tuple[int, float, str]:
        """What jobs that wait are sorted by; `claim` says the same in SQL."""
        return -self.priority, self.queued_at, self.id


def submit(workspace: Workspace, job: Job) -> Job:
    """Queue `job`, or give back the one of that id that is there: a second click is no second job."""
    with connect(workspace) as db:
        db.execute("BEGIN IMMEDIATE")
        job = submit_in(db, workspace, job)
        db.execute("COMMIT")
    return job


def submit_in(db: sqlite3.Connection, workspace: Workspace, job: Job) -> Job:
    """`submit` in the caller's transaction."""
    if there := _find(db, job.id):
        return there
    now = time.time()
    job = dataclasses.replace(job, status=QUEUED, created_at=now, queued_at=now, since_tick=time.monotonic())
    job.folder(workspace).mkdir(parents=True, exist_ok=True)
    _put(workspace, db, job)
    return job


def rename_data(workspace: Workspace, name: str, new_name: str) -> None:
    """Let the jobs on the data set `name` say that it is `new_name` now: one that is queued again must find it."""
    with connect(workspace) as db:
        db.execute("BEGIN IMMEDIATE")
        for job in map(_from_row, db.execute("SELECT json FROM jobs").fetchall()):
            before, at, version = str(job.payload.get("dataset", "")).partition("@")
            if before == name:
                _put(
                    workspace, db, dataclasses.replace(job, payload={**job.payload, "dataset": new_name + at + version})
                )
        db.execute("COMMIT")


def requeue(workspace: Workspace, job_id: str, **payload: Any) -> Job:
    """Queue an ended job once more, with `payload` merged into its own. No effect on one that has not ended."""
    with connect(workspace) as db:
        db.execute("BEGIN IMMEDIATE")
        job = _need(db, job_id)
        if job.ended:
            job = dataclasses.replace(
                job,
                status=QUEUED,
                queued_at=time.time(),
                started_at=None,
                ended_at=None,
                since_tick=time.monotonic(),
                ran_seconds=0.0,
                cause="",
                fault="",
                priority=0,
                group_seconds=None,  # whoever asks for it again wants it whatever the others took
                payload={**job.payload, **payload},
            )
            (job.folder(workspace) / STOP_FLAG).unlink(missing_ok=True)
            events.append(job.folder(workspace), events.QUEUED_AGAIN)
            _put(workspace, db, job)
        db.execute("COMMIT")
    return job


def claim(workspace: Workspace, lane: str) -> Job | None:
    """Take the queued job of `lane` whose turn it is and mark it running, in one transaction; None if there is none.

    Jobs whose group has used up its time are cancelled on the way.
    """
    with connect(workspace) as db:
        db.execute("BEGIN IMMEDIATE")
        job = None
        for row in db.execute(IN_TURN, (QUEUED, lane)).fetchall():
            job, now = _from_row(row), time.time()
            if not _is_time_used_up(db, job):
                job = dataclasses.replace(job, status=RUNNING, started_at=now, since_tick=time.monotonic())
                _put(workspace, db, job)
                break
            minutes = f"{(job.group_seconds or 0) / 60:g} min"
            cause = f"All of {job.group} together may take {minutes}, and that was used up."
            _put(workspace, db, dataclasses.replace(job, status=STOPPED, ended_at=now, cause=cause))
            job = None
        db.execute("COMMIT")
    return job


def _is_time_used_up(db: sqlite3.Connection, job: Job) -> bool:
    if not job.group or job.group_seconds is None:
        return False
    rows = db.execute("SELECT json FROM jobs WHERE json_extract(json, '$.group') = ?", (job.group,)).fetchall()
    return sum(other.seconds for other in map(_from_row, rows) if other.status != QUEUED) >= job.group_seconds


def waiting(workspace: Workspace, lane: str) -> list[Job]:
    """The queued jobs of `lane`, in the order in which they will be claimed."""
    with connect(workspace) as db:
        return list(map(_from_row, db.execute(IN_TURN, (QUEUED, lane)).fetchall()))


def move(workspace: Workspace, job_id: str, to: str) -> list[Job]:
    """Let a queued job go earlier or later among those of its lane. Gives back `waiting`.

    Args:
        to: A key of `core.workspace.turns.PLACES`: "first", "up", "down" or "last".

    Raises:
        InputError: It is not queued (any more).
    """
    with connect(workspace) as db:
        db.execute("BEGIN IMMEDIATE")
        job = _need(db, job_id)
        if job.status == QUEUED:
            queued = list(map(_from_row, db.execute(IN_TURN, (QUEUED, job.lane)).fetchall()))
            for changed in turns.moved(queued, job_id, to):
                _put(workspace, db, changed)
        db.execute("COMMIT")
    if job.status != QUEUED:
        raise InputError(f"{job_id} is {job.status}; only what waits in the queue can be moved.")
    return waiting(workspace, job.lane)


def finish(
    workspace: Workspace,
    job_id: str,
    status: str,
    cause: str = "",
    result: dict[str, Any] | None = None,
    fault: str = "",
) -> Job:
    """Record how a running job ended. A job that has ended already keeps its end."""
    with connect(workspace) as db:
        db.execute("BEGIN IMMEDIATE")
        job = _need(db, job_id)
        if job.status == RUNNING:
            ran = job.seconds
            if status == INTERRUPTED:  # when, nobody knows but by what it said last
                ran = min(ran, max(events.said_last_at(job.folder(workspace)) - (job.started_at or 0.0), 0.0))
            end: dict[str, Any] = {"ended_at": time.time(), "ran_seconds": ran}
            job = dataclasses.replace(job, status=status, cause=cause, fault=fault, result=result or job.result, **end)
            _put(workspace, db, job)
        db.execute("COMMIT")
    return job


def request_stop(workspace: Workspace, job_id: str) -> Job:
    """End a queued job at once, or ask a running one to stop (it looks several times a second)."""
    with connect(workspace) as db:
        db.execute("BEGIN IMMEDIATE")
        job = _need(db, job_id)
        if job.status == QUEUED:
            job = dataclasses.replace(job, status=STOPPED, ended_at=time.time())
            _put(workspace, db, job)
        elif job.status == RUNNING:
            (job.folder(workspace) / STOP_FLAG).touch()
        db.execute("COMMIT")
    return job


def stop_requested(workspace: Workspace, job: Job) -> bool:
    """Whether somebody asked this job to stop."""
    return (job.folder(workspace) / STOP_FLAG).exists()


def reconcile(workspace: Workspace) -> None:
    """Mark running jobs whose process is gone as interrupted.

    A process that was started less than `STARTUP_SECONDS` ago may not hold its lock yet.
    """
    with connect(workspace) as db:
        rows = db.execute("SELECT json FROM jobs WHERE status = ?", (RUNNING,)).fetchall()
    for job in map(_from_row, rows):
        young = 0 <= time.monotonic() - job.since_tick < STARTUP_SECONDS  # less than none: the machine was started anew
        if not young and not alive.is_alive(job.folder(workspace)):
            # Of a full disk, whoever looks next tries again; of one that was deleted just now, nobody need.
            with contextlib.suppress(OSError, sqlite3.OperationalError, NotFoundError):
                finish(
                    workspace,
                    job.id,
                    INTERRUPTED,
                    "Its process ended without a word: it was killed, or the machine was.",
                    fault=FOVEA,
                )


def get(workspace: Workspace, job_id: str) -> Job:
    """The job of that id, as it is now.

    Raises:
        NotFoundError: There is none.
        DamagedError: There is one, whose job.json is damaged, and the catalogue does not have it.
    """
    reconcile(workspace)
    with connect(workspace) as db:
        job = _find(db, job_id) if is_name(job_id) else None
    for folder in (workspace.runs, workspace.jobs) if job is None and is_name(job_id) else ():
        if (file := folder / job_id / "job.json").exists():
            read_json(file, flat(Job))
    return _there(job, job_id)


def list_jobs(workspace: Workspace, kind: str | None = None, statuses: tuple[str, ...] | None = None) -> list[Job]:
    """All jobs, newest first; only those of `kind` and of one of `statuses` where given."""
    reconcile(workspace)
    wanted = statuses or (QUEUED, RUNNING, *ENDED)
    marks = ", ".join("?" * len(wanted))
    with connect(workspace) as db:
        rows = db.execute(f"SELECT json FROM jobs WHERE status IN ({marks}) ORDER BY queued_at DESC", wanted).fetchall()
    return [job for job in map(_from_row, rows) if kind is None or job.kind == kind]


def going_on(db: sqlite3.Connection) -> list[Job]:
    """The jobs that are queued or running, as the catalogue has them."""
    return list(map(_from_row, db.execute("SELECT json FROM jobs WHERE status IN (?, ?)", (QUEUED, RUNNING))))


def forget(db: sqlite3.Connection, job_id: str) -> None:
    """Take an ended job out of the catalogue, in the caller's transaction; its folder is the caller's.

    Raises:
        InputError: As `refuse_if_used` does.
    """
    refuse_if_used(db, job_id)
    db.execute("DELETE FROM jobs WHERE id = ?", (job_id,))


def refuse_if_used(db: sqlite3.Connection, job_id: str) -> None:
    """Raise InputError if a job, or one that works on or begins with what came of it, is queued or running."""
    job = _find(db, job_id)
    if job and not job.ended:
        raise InputError(f"{job_id} is {job.status}. Stop it first.")
    for other in going_on(db):
        if job_id in (other.payload.get("run"), other.payload.get("start_from")):
            raise InputError(f"{other.id} is {other.status} and works on {job_id}. Stop it first.")


def _put(workspace: Workspace, db: sqlite3.Connection, job: Job) -> None:
    value = asdict(job)
    write_json(job.folder(workspace) / "job.json", value)
    put_job(db, value)


def _find(db: sqlite3.Connection, job_id: str) -> Job | None:
    row = db.execute("SELECT json FROM jobs WHERE id = ?", (job_id,)).fetchone()
    return _from_row(row) if row else None


def _need(db: sqlite3.Connection, job_id: str) -> Job:
    return _there(_find(db, job_id), job_id)


def _there(job: Job | None, job_id: str) -> Job:
    if job is None:
        raise NotFoundError(f"There is no job {job_id!r}.")
    return job


def _from_row(row: sqlite3.Row) -> Job:
    return Job(**json.loads(row["json"]))
