"""``python -m ecs_tutorial.workshop`` writes every page into ``docs``, beside the notebooks."""

from __future__ import annotations

from ecs_tutorial import chapters
from ecs_tutorial.workshop.pages import PAGES, page


def main() -> None:
    docs = chapters.find().folder.resolve().parent / "docs"
    for name, (file, _) in PAGES.items():
        (docs / file).write_text(page(name), encoding="utf-8", newline="\n")
        print(f"docs/{file}: written")


if __name__ == "__main__":
    main()
