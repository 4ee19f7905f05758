"""Every `$ capplan …` block of README and docs prints what stands there."""

import pytest
from transcripts import PAGES, Transcript, agrees, run, transcripts

FOUND = [transcript for page in PAGES for transcript in transcripts(page) if transcript.ours]


@pytest.mark.parametrize("transcript", FOUND, ids=str)
def test_a_transcript_shows_what_the_command_prints(transcript: Transcript) -> None:
    printed = run(transcript)
    assert agrees(transcript, printed), f"{transcript}\n--- the page\n{transcript.printed}\n--- the command\n{printed}"


def test_the_readme_has_transcripts() -> None:
    assert any(transcript.page.name == "README.md" for transcript in FOUND)
