"""The plugins of this folder are packages of strangers: their tests run where they are installed (`tests/authoring`)."""

collect_ignore_glob = ["*/*/tests/*"]
