"""The FAQ core: a corpus of curated questions and answers, and the matcher that finds the right one.

Pure: no files, no clock, no network. What the YAML says comes in as the frozen values of `faq.corpus`.
"""
