"""The exercises themselves, one module a chapter: ``chapter_02``, ``chapter_08a``."""
