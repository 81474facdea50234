"""One village as a file of FET (Debian's `fet`), and FET's week read back: the peer that many schools use.

FET places a given list of activities; it does not choose what to hold. So it is given a list: what our plan holds, or
as large a share of the needs as it can place. What it has no words for is left out, in its favour: set-up between uses,
and loud beside quiet. Its week is valued by our definition, with needs shared out as well as for our own.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from xiangli.planning.timetable import Interval, Session, Town
from xiangli.planning.timetable.compiling import Compiled, compile_village, option_of
from xiangli.planning.timetable.engine import place_of

Counts = Mapping[tuple[int, int], int]  # (service, band) -> sessions
DAYS = "一二三四五六日"


def counts_of(c: Compiled, sessions: Iterable[Session]) -> Counts:
    """How often a plan holds each service, by the band that a session gives most to."""
    held = {place_of(o): o for o in c.options}
    found = Counter[tuple[int, int]]()
    for s in sessions:
        option = held[place_of(option_of(c, s))]
        found[option.service, max((units, -b) for b, units in option.gives)[1] * -1] += 1
    return found


def counts_for(c: Compiled, part: float) -> Counts:
    """So many sessions that this part of every need would be met, never more than a day's limit."""
    best: dict[tuple[int, int], int] = {}
    for o in c.options:
        for b, units in o.gives:
            best[o.service, b] = max(units, best.get((o.service, b), 0))
    found = {}
    for (k, b), groups in c.needs.items():
        if (k, b) in best:
            most = (c.town.services[k].per_day_max or 99) * len(c.town.bands[b].days)
            found[k, b] = min(most, -(-int(part * sum(groups.values())) // best[k, b]))
    return found


def place(town: Town, counts: Counts, seconds: int) -> list[Session] | None:
    """FET's week for the town's first village; None if it found none in time."""
    c = compile_village(town, town.villages[0])
    listed = [key for key, n in sorted(counts.items()) for _ in range(n)]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "village.fet")
        ET.ElementTree(_file(c, listed)).write(source, encoding="utf-8", xml_declaration=True)
        command = ["fet-cl", f"--inputfile={source}", f"--outputdir={folder}", f"--timelimitseconds={seconds}"]
        where = {**os.environ, "HOME": folder}  # it keeps settings there
        subprocess.run([*command, "--htmllevel=0"], capture_output=True, timeout=seconds + 60, cwd=folder, env=where)
        answer = Path(folder, "timetables", "village", "village_activities.xml")
        return _read(c, listed, answer) if answer.exists() else None


def _read(c: Compiled, listed: list[tuple[int, int]], answer: Path) -> list[Session] | None:
    found = []
    for row in ET.parse(answer).getroot().iter("Activity"):
        service = c.town.services[listed[int(row.findtext("Id", "0")) - 1][0]]
        day, hour, room = (row.findtext(name) or "" for name in ("Day", "Hour", "Room"))
        if not hour:
            return None
        time = Interval(DAYS.index(day) + 1, int(hour), int(hour) + service.minutes)
        found.append(Session(c.village.id, service.id, room, time))
    return found


def _file(c: Compiled, listed: list[tuple[int, int]]) -> ET.Element:
    root = ET.Element("fet", version="6.8.5")
    add(root, "Institution_Name", c.village.name)
    _names(root, "Days_List", "Number_of_Days", "Day", list(DAYS))
    hours = [str(slot * c.grid.minutes) for slot in range(c.grid.per_day)]
    _names(root, "Hours_List", "Number_of_Hours", "Hour", hours)
    _names(root, "Subjects_List", None, "Subject", [s.id for s in c.town.services])
    people = _people(c)
    _names(root, "Teachers_List", None, "Teacher", sorted(name for names in people.values() for name in names))
    _names(root, "Rooms_List", None, "Room", [s.id for s in c.village.spaces])
    activities = add(root, "Activities_List")
    times, spaces = add(root, "Time_Constraints_List"), add(root, "Space_Constraints_List")
    for parent, name in ((times, "ConstraintBasicCompulsoryTime"), (spaces, "ConstraintBasicCompulsorySpace")):
        _weight(parent, name)
    turn: Counter[str] = Counter()
    for number, (k, b) in enumerate(listed, 1):
        _activity(c, activities, number, k, people, turn)
        _when_and_where(c, times, spaces, number, k, b)
    for skill, names in people.items():
        for at, name in enumerate(names):
            away = [slot for slot, n in enumerate(c.staff[skill]) if n <= at]
            _away(c, times, "ConstraintTeacherNotAvailableTimes", "Teacher", name, away)
    for room in c.rooms:
        free = room.usable & ~room.busy
        away = [slot for slot in range(7 * c.grid.per_day) if not free >> slot & 1]
        _away(c, spaces, "ConstraintRoomNotAvailableTimes", "Room", room.space.id, away)
    return root


def add(parent: ET.Element, name: str, text: object = None) -> ET.Element:
    child = ET.SubElement(parent, name)
    child.text = None if text is None else str(text)
    return child


def _names(root: ET.Element, many: str, count: str | None, one: str, names: list[str]) -> None:
    parent = add(root, many)
    if count:
        add(parent, count, len(names))
    for name in names:
        add(add(parent, one), "Name", name)


def _people(c: Compiled) -> dict[str, list[str]]:
    """Each skill's people by name: the first is there whenever anybody is."""
    return {skill: [f"{skill}{n + 1}" for n in range(max(slots))] for skill, slots in c.staff.items()}


def _weight(parent: ET.Element, name: str) -> ET.Element:
    child = add(parent, name)
    add(child, "Weight_Percentage", 100)
    return child


def _activity(
    c: Compiled, parent: ET.Element, number: int, k: int, people: Mapping[str, list[str]], turn: Counter[str]
) -> None:
    service = c.town.services[k]
    activity = add(parent, "Activity")
    for skill, count in service.staff.items():
        for _ in range(count):  # people of one skill take turns
            add(activity, "Teacher", people[skill][turn[skill] % len(people[skill])])
            turn[skill] += 1
    length = c.grid.length(service.minutes)
    for name, value in (("Subject", service.id), ("Duration", length), ("Total_Duration", length), ("Id", number),
                        ("Activity_Group_Id", 0), ("Active", "true")):  # fmt: skip
        add(activity, name, value)


def _when_and_where(c: Compiled, times: ET.Element, spaces: ET.Element, number: int, k: int, b: int) -> None:
    """Starts that serve the band, and rooms that have what the service needs."""
    serving = [o for o in c.options if o.service == k and any(band == b for band, _ in o.gives)]
    starts = sorted({o.start for o in serving})
    when = _weight(times, "ConstraintActivityPreferredStartingTimes")
    add(when, "Activity_Id", number)
    add(when, "Number_of_Preferred_Starting_Times", len(starts))
    for start in starts:
        one = add(when, "Preferred_Starting_Time")
        add(one, "Preferred_Starting_Day", DAYS[start // c.grid.per_day])
        add(one, "Preferred_Starting_Hour", start % c.grid.per_day * c.grid.minutes)
    rooms = sorted({o.space for o in serving})
    where = _weight(spaces, "ConstraintActivityPreferredRooms")
    add(where, "Activity_Id", number)
    add(where, "Number_of_Preferred_Rooms", len(rooms))
    for r in rooms:
        add(where, "Preferred_Room", c.village.spaces[r].id)
    for child in (when, where):
        add(child, "Active", "true")


def _away(c: Compiled, parent: ET.Element, name: str, what: str, who: str, slots: Iterable[int]) -> None:
    rows = sorted(slots)
    child = _weight(parent, name)
    add(child, what, who)
    add(child, "Number_of_Not_Available_Times", len(rows))
    for slot in rows:
        one = add(child, "Not_Available_Time")
        add(one, "Day", DAYS[slot // c.grid.per_day])
        add(one, "Hour", slot % c.grid.per_day * c.grid.minutes)
    add(child, "Active", "true")
