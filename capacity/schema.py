"""The JSON Schema of a scenario file, read off the settings, for editors and validators.

It says which keys there are and what each may hold. What a setting must be beside another, and
whether what is named is there, only `capacity check` knows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from capacity.settings import LARGEST, Quantity, Range, Settings, Strict, is_list, is_spread
from capacity.version import __version__

DIALECT = "https://json-schema.org/draft/2020-12/schema"

RANGE = "x-range"
"""Where a number's range stands until its definition is put in its place."""

DROPPED = (RANGE, "unit", "by_tier", "default")
"""What is said in another way, or by no keyword of JSON Schema."""

LIKE = "like"
"""A table that takes its settings from another need not have them itself."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a scenario file.

    A file that extends another may hold any part of a scenario; one that does not must be whole.
    Dates are text of the form YYYY-MM-DD, as editors and validators see those of TOML.

    Returns:
        A JSON object.
    """
    found = Settings.model_json_schema(schema_generator=_SchemaWriter)
    ranges: dict[str, Range] = {}
    made: dict[str, Any] = _tidied(found, ranges)
    made["$defs"] |= {_name(one): _number(one) for one in ranges.values()}
    return {
        "$schema": DIALECT,
        "title": f"A scenario of capacity {__version__}",
        "description": "capacity check says what a schema cannot: whether settings fit together.",
        **{key: part for key, part in made.items() if key not in ("title", "description")},
        "dependentRequired": {"remove": ["extends"]},
        "if": {"not": {"required": ["extends"]}},
        "then": _needs(Settings),
    }


class _SchemaWriter(GenerateJsonSchema):
    """What pydantic writes, with the ranges of numbers and the short ways to write them."""

    def function_after_schema(
        self, schema: core_schema.AfterValidatorFunctionSchema
    ) -> JsonSchemaValue:
        """Return the number that a range is about, in either of its forms."""
        rule = schema["function"]["function"]
        return {RANGE: rule} if isinstance(rule, Range) else super().function_after_schema(schema)

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> JsonSchemaValue:
        """Return what may be given for all tiers at once or by tier, or as one item or several."""
        made = self.generate_inner(schema["schema"])
        if is_list(schema["function"]["function"]):
            return {"anyOf": [made["items"], made]}
        if not is_spread(schema["function"]["function"]):
            return made
        by_tier = {**made, "not": {"required": ["value"]}}
        return {"anyOf": [made["additionalProperties"], by_tier]}

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """Return either of two forms, which their keys tell from one another."""
        return {"anyOf": [self.generate_inner(one) for one in schema["choices"].values()]}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Return what is given; TOML has no other way to give nothing than to leave it out."""
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return that keys need no title: their names are what people know."""
        return False


def _tidied(node: Any, ranges: dict[str, Range]) -> Any:
    """Return a part of the schema with units in words and numbers by reference; note the ranges."""
    if isinstance(node, list):
        return [_tidied(inner, ranges) for inner in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("properties"), dict):
        kept = ("title",) if node.get("title") in _whole_items() else ("title", "required")
        node = {key: part for key, part in node.items() if key not in kept}
        node["properties"] = {k: _tidied(v, ranges) for k, v in node["properties"].items()}
        rest = {key: part for key, part in node.items() if key != "properties"}
        return {**_tidied(rest, ranges), "properties": node["properties"]}
    found = {key: _tidied(part, ranges) for key, part in node.items() if key not in DROPPED}
    if isinstance(rule := node.get(RANGE), Range):
        ranges[_name(rule)] = rule
        found["$ref"] = f"#/$defs/{_name(rule)}"
    if unit := node.get("unit"):
        found["description"] = f"{found['description']} ({unit})"
    default = _default(node.get("default"))
    return found if default is None else {**found, "default": default}


def _whole_items() -> set[str]:
    """Return the tables that a file gives whole: items of lists that are added to its parent's.

    Standards are not among them, for one of the same name changes that of the parent.
    """
    lists = {
        name: field
        for name, field in Settings.model_fields.items()
        if getattr(field.annotation, "__origin__", None) is list and name != "standards"
    }
    return {kind.__name__ for field in lists.values() for kind, _ in _tables_in(field.annotation)}


def _default(given: Any) -> Any:
    """Return a default as a file would have it; None where there is none that it could say."""
    if isinstance(given, Mapping):
        return given.get("value")
    unset = given is None or given == [] or (isinstance(given, float) and math.isnan(given))
    return None if unset else given


def _name(rule: Range) -> str:
    """Return the name of the numbers in a range."""
    return "number-" + re.sub(r"[^a-z0-9.-]+", "-", rule.words().lower()).strip("-")


def _number(rule: Range) -> dict[str, Any]:
    """Return a number in a range, plain or with what is known about it."""
    plain: dict[str, Any] = {"type": "integer" if rule.whole else "number"}
    if rule.gt is not None:
        plain["exclusiveMinimum"] = rule.gt
    elif rule.ge > -LARGEST:
        plain["minimum"] = rule.ge
    if rule.lt is not None:
        plain["exclusiveMaximum"] = rule.lt
    elif rule.le < LARGEST:
        plain["maximum"] = rule.le
    parts: dict[str, Any] = dict.fromkeys(("value", "low", "high"), plain)
    for name, field in Quantity.model_fields.items():
        kinds = (field.annotation, *get_args(field.annotation))
        parts.setdefault(name, {"type": "boolean" if bool in kinds else "string"})
    table = {"type": "object", "properties": parts, "required": ["value"]}
    return {"anyOf": [plain, {**table, "additionalProperties": False}]}


def _needs(table: type[Strict]) -> dict[str, Any]:
    """Return what must be given in a whole scenario, however deep; empty where nothing must."""
    required, inside = [], {}
    for name, field in table.model_fields.items():
        key = field.alias or name
        if field.is_required():
            required.append(key)
        for kind, many in _tables_in(field.annotation):
            if needs := _needs(kind):
                inside[key] = {many: needs} if many else needs
    found = ({"required": required} if required else {}) | (
        {"properties": inside} if inside else {}
    )
    if found and LIKE in table.model_fields:
        return {"if": {"not": {"required": [LIKE]}}, "then": found}
    return found


def _tables_in(annotation: Any, many: str = "") -> Iterator[tuple[type[Strict], str]]:
    """Yield the tables of settings in an annotation, and the keyword under which they stand."""
    if isinstance(annotation, type) and issubclass(annotation, Strict):
        if annotation is not Quantity:
            yield annotation, many
        return
    origin = getattr(annotation, "__origin__", None)
    if origin in (dict, list):
        word = "additionalProperties" if origin is dict else "items"
        yield from _tables_in(get_args(annotation)[-1], word)
