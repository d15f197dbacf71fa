from __future__ import annotations

from sqlalchemy import create_engine, inspect

from gateway.state import tables


def test_the_steps_lead_to_what_is_described() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        tables.version.create(connection)
        for step in tables.MIGRATIONS:
            step(connection)
        found = inspect(connection)
        for table in tables.metadata.sorted_tables:
            columns = {each["name"]: each["nullable"] for each in found.get_columns(table.name)}
            assert columns == {each.name: bool(each.nullable) for each in table.columns}
    engine.dispose()
