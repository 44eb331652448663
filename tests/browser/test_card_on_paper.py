"""The learner's card as a printer gives it: Chromium prints it, and its sheets are counted."""

import re

import pytest
from accessibility import grave_faults
from readme_commands import ROOT

pytestmark = pytest.mark.browser

CARD = ROOT / "docs" / "learners-card.html"
SHEET = re.compile(rb"/Type\s*/Page\b")


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("is_across", [False, True], ids=["upright", "across"])
def test_it_is_one_page(page, paper, is_across, artefacts):
    """On either paper, and however the printer was set up."""
    page.goto(CARD.as_uri())
    printed = page.pdf(format=paper, landscape=is_across, prefer_css_page_size=True)
    (artefacts / f"learners-card-{paper}.pdf").write_bytes(printed)
    assert len(SHEET.findall(printed)) == 1


def test_it_has_room_left(page):
    """A few calls more, or a wider font, still fit on the smaller paper."""
    page.goto(CARD.as_uri())
    page.add_style_tag(content="@media print { main { padding-bottom: 12mm } }")
    printed = page.pdf(format="Letter", prefer_css_page_size=True)
    assert len(SHEET.findall(printed)) == 1


def test_nothing_is_cut_off(page):
    """No line is wider than its column, on paper and in a narrow window."""
    page.goto(CARD.as_uri())
    for medium, width in (("print", 740), ("screen", 320)):
        page.emulate_media(media=medium)
        page.set_viewport_size({"width": width, "height": 900})
        too_wide = "all => all.filter(it => it.scrollWidth > it.clientWidth + 1).length"
        assert page.locator("dt, dd, h1, h2, p").evaluate_all(too_wide) == 0


def test_axe_finds_no_grave_fault(page):
    """It is a page like any other."""
    page.goto(CARD.as_uri())
    assert grave_faults(page) == []
