"""Make a model of fields that were checked already, without checking them again."""

from typing import Any, TypeVar, cast

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)

_set_dict = cast("Any", BaseModel.__dict__["__dict__"]).__set__
_set_fields = cast("Any", BaseModel.__dict__["__pydantic_fields_set__"]).__set__
_set_extra = cast("Any", BaseModel.__dict__["__pydantic_extra__"]).__set__
_set_private = cast("Any", BaseModel.__dict__["__pydantic_private__"]).__set__
_new = object.__new__


def filled(model: type[M], fields: dict[str, Any], given: set[str]) -> M:
    """Return an instance as `model_construct` would make it, in a fifth of its time.

    `fields` holds every field of the model, defaults included, and becomes the instance's own;
    `given` names those that are not defaults. The caller answers for every value: nothing is
    checked, and the model must have no private attributes and no `model_post_init`.
    """
    instance = _new(model)
    _set_dict(instance, fields)
    _set_fields(instance, given)
    _set_extra(instance, None)
    _set_private(instance, None)
    return instance
