"""Reads a calendar as somebody else's program does, and says what it found, as JSON."""

import json
import sys

import icalendar

with open(sys.argv[1], "rb") as file:
    calendar = icalendar.Calendar.from_ical(file.read())

events = []
for event in calendar.walk("VEVENT"):
    start, end = event.decoded("DTSTART"), event.decoded("DTEND")
    offset = start.utcoffset().total_seconds() / 3600 if hasattr(start, "utcoffset") and start.utcoffset() is not None else None
    events.append({
        "uid": str(event["UID"]),
        "summary": str(event["SUMMARY"]),
        "start": start.isoformat(),
        "end": end.isoformat(),
        "offset": offset,
        "keys": sorted(event.keys()),
    })
zones = [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")]
print(json.dumps({"events": events, "zones": zones, "name": str(calendar.get("X-WR-CALNAME"))}))
