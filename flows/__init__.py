"""The flows core: guided flows as data, stepped through by a pure engine. Nothing stands here yet."""
