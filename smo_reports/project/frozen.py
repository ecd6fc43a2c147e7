"""What every model of a YAML file is: frozen, and a key that it does not know is an error."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A model that is read once and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
