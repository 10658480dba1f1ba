"""Read a Microsoft Project file with MPXJ and schedule it: JSON of both on stdout.

Run in a process of its own, `python -m tests.oracle.mpxj_reading FILE`, as `mpxj_child` is.
"""

import json
import sys
from typing import Any

import jpype
import mpxj  # noqa: F401  Importing it puts its jars on the class path.


def main() -> None:
    """Write what the file says of each task by its UID, and the dates MPXJ computes for it."""
    jpype.startJVM("-Xmx1g", "-Dlog4j2.level=OFF")
    java = jpype.JPackage("org").mpxj
    file = java.reader.UniversalProjectReader().read(sys.argv[1])
    if file is None:
        sys.exit("MPXJ takes the file for none of a project")
    tasks = [task for task in file.getTasks() if task.getUniqueID() and task.getName()]
    read = {str(task.getUniqueID()): _task(task, java) for task in tasks}
    java.cpm.MicrosoftScheduler().schedule(file, file.getProjectProperties().getStartDate())
    for task in tasks:
        row = read[str(task.getUniqueID())]
        row["scheduled"] = [str(task.getStart()), str(task.getFinish())]
    json.dump(read, sys.stdout)


def _task(task: Any, java: Any) -> dict[str, Any]:  # noqa: ANN401  Objects of the other side.
    above, calendar = task.getParentTask(), task.getCalendar()
    return {
        "name": str(task.getName()),
        "wbs": str(task.getWBS()),
        "parent": None if above is None or not above.getUniqueID() else str(above.getUniqueID()),
        "calendar": None if calendar is None else str(calendar.getName()),
        "stored": [str(task.getStart()), str(task.getFinish())],
        "constraint": [str(task.getConstraintType()), str(task.getConstraintDate())],
        "deadline": str(task.getDeadline()),
        "preds": sorted(
            [str(each.getPredecessorTask().getUniqueID()), str(each.getType()),
             float(each.getLag().convertUnits(
                 java.TimeUnit.MINUTES, task.getParentFile().getProjectProperties()
             ).getDuration())]
            for each in task.getPredecessors()
        ),
        "units": [float(each.getUnits().doubleValue()) for each in task.getResourceAssignments()],
    }  # fmt: skip


if __name__ == "__main__":
    main()
