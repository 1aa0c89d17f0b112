"""Attributes that every person may have: the built-in ones, and the traits that fill them."""

from people.values import Type

STANDARD: dict[str, Type] = {
    "external_id": Type.TEXT,
    "type": Type.TEXT,
    "first_name": Type.TEXT,
    "middle_name": Type.TEXT,
    "last_name": Type.TEXT,
    "nickname": Type.TEXT,
    "gender": Type.TEXT,
    "birth_date": Type.DATE,
    "email": Type.TEXT,
    "phone": Type.TEXT,
    "address": Type.TEXT,
    "city": Type.TEXT,
    "country": Type.TEXT,
    "preferred_language": Type.TEXT,
    "tags": Type.LIST,
    "registered_at": Type.DATETIME,
    "created_at": Type.DATETIME,
    "modified_at": Type.DATETIME,
}
