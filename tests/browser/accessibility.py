"""What axe-core finds in a part of a page; it comes with a Python package, no network is asked."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = ("serious", "critical")


def grave_faults(page: Page, *parts: str, but: tuple[str, ...] = ()) -> list[str]:
    """Each serious or critical fault in these parts of the page, with where it is.

    Args:
        page: what is looked at.
        parts: selectors; without any, the whole page.
        but: rules that are left out; whoever names one says why.
    """
    context: Any = {"include": [[part] for part in parts]} if parts else None
    found = Axe().run(page, context=context).response["violations"]
    return [
        f"{fault['id']} ({fault['impact']}): {fault['help']}: {node['target']} {node['html'][:160]}"
        for fault in found
        if fault["impact"] in GRAVE and fault["id"] not in but
        for node in fault["nodes"]
    ]
