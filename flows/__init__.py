"""The flows core: guided flows as data, stepped through by a pure engine.

Pure: no files, no clock, no network. What the YAML says comes in as the frozen values of `flows.definition`, the time is an
argument, and what happened goes out as a new `flows.run.Run` and `flows.events`.
"""
