"""The verbs of those who keep a plant in Excel: `shiftledger plant export` and `shiftledger plant import`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shiftledger.cli.face import AsJson, PlantFolder, show
from shiftledger.cli.guard import guarded
from shiftledger.cli.output import report_lang, watched

Book = Annotated[Path, typer.Argument(metavar="WORKBOOK", help="The workbook, such as plant.xlsx.")]


def export(
    plant: PlantFolder,
    book: Book,
    add: Annotated[
        list[str] | None,
        typer.Option(
            "--add", metavar="FILE", help="An empty sheet for a file that the plant lacks, such as roster.csv; again for each."
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write over a workbook that is there.")] = False,
    json: AsJson = False,
) -> int:
    """Write a plant's text files to an Excel workbook, one sheet each, with a guide and the meaning of every field."""
    from shiftledger.api.book import export_plant
    from shiftledger.render.book_text import export_text

    with watched("export"):
        view = export_plant(plant, book, add=add or (), replace=replace)
    return show(view, json, lambda: export_text(view, report_lang()))


def import_(
    book: Book,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The plant's folder; or a new one.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would change.")] = False,
    json: AsJson = False,
) -> int:
    """Bring what was changed in a workbook into the plant's folder, whole or not at all. What it did not change stays as it is."""
    from shiftledger.api.book import import_plant
    from shiftledger.render.book_text import import_text

    with watched("import"):
        view = import_plant(book, folder, dry_run=dry_run)
    return show(view, json, lambda: import_text(view, report_lang()))


plant_app = typer.Typer(
    help="A plant's text files in Excel: out, and back in.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
plant_app.command("export")(guarded(export))
plant_app.command("import")(guarded(import_))
