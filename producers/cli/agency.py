"""The commands `agency add` and `agency list`."""

import json
from typing import Annotated

import typer

from schemas.runtime.settings import Settings

_LEVELS = ("GREEN", "YELLOW", "RED")
_COLUMNS = ("agency_id", "country", "kind", "time_zone", "code_system", "match_domain", "name")
_EXAMPLES = """Examples:

interagency agency add yuma_pd --name "Yuma Police" --country USA --kind municipal --time-zone America/Phoenix

interagency agency add yuma_pd --handling '*=YELLOW' --handling homicide=RED"""

AsJson = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands of the registry to the front door."""
    agency = typer.Typer(no_args_is_help=True, help="The agency registry: who publishes, and how.")
    agency.command(epilog=_EXAMPLES)(add)
    agency.command(name="list")(list_agencies)
    app.add_typer(agency, name="agency")


def add(
    agency_id: Annotated[str, typer.Argument(help="Lower case letters, digits and _, 2 to 48 of them.")],
    name: Annotated[str | None, typer.Option(help="Its name.")] = None,
    country: Annotated[str | None, typer.Option(help="ISO 3166-1 alpha-3, for instance MEX.")] = None,
    kind: Annotated[str | None, typer.Option(help="municipal, county, state, federal, fire or unknown.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Its time zone, for instance America/Phoenix.")] = None,
    code_system: Annotated[str | None, typer.Option(help="Name of its own code list.")] = None,
    ori: Annotated[str | None, typer.Option(help="Originating Agency Identifier.")] = None,
    match_domain: Annotated[int | None, typer.Option(help="Partition in which its reports are matched.")] = None,
    handling: Annotated[
        list[str] | None, typer.Option(help="FAMILY=LEVEL for reports that state no handling; * is any other family.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add an agency and its topics, or change its row; options that are not given leave their field unchanged."""
    from producers.delivery.agency_registry import merged_row
    from producers.delivery.session import open_registry

    options = {
        "name": name,
        "country": country,
        "kind": kind,
        "time_zone": time_zone,
        "code_system": code_system,
        "ori": ori,
        "match_domain": match_domain,
        "default_handling": dict(_parse_level(option) for option in handling) if handling else None,
    }
    changes = {field: value for field, value in options.items() if value is not None}
    merged_row(None, agency_id, changes)  # a wrong value is reported without connecting to Kafka
    with open_registry(Settings()) as registry:
        row = merged_row(registry.rows.get(agency_id), agency_id, changes)
        done = registry.add(row)
    typer.echo(json.dumps({"done": done, **row}) if as_json else f"{agency_id}: {done}")


def _parse_level(option: str) -> tuple[str, str]:
    family, _, level = option.partition("=")
    if not family or level not in _LEVELS:
        raise typer.BadParameter("--handling must be FAMILY=GREEN, FAMILY=YELLOW or FAMILY=RED")
    return family, level


def list_agencies(as_json: AsJson = False) -> None:
    """List the agencies: id, country, kind, time zone, code system, match domain, name."""
    from producers.delivery.session import open_registry

    with open_registry(Settings()) as registry:
        rows = [registry.rows[agency_id] for agency_id in sorted(registry.rows)]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    from schemas.runtime.text_layout import table, terminal_width

    cells = [tuple(str(row[column]) for column in _COLUMNS) for row in rows]  # type: ignore[literal-required]
    head = tuple(column.replace("_", " ") for column in _COLUMNS)
    typer.echo("\n".join(table([head, *cells], terminal_width())))
